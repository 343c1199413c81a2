// How a skill's process ends when it ends by itself; src/host/native/skill.h has the same numbers.

export const SKILL_END = { DONE: 0, LATE: 3, FULL: 4, STEPS: 5, MESSAGE: 6 } as const;
