/* What both sides of a skill agree on. Bounds are those of src/base/limits.ts, by the same names. */
#ifndef MC_SKILL_H
#define MC_SKILL_H

enum {
    SKILL_MESSAGE_BYTES_MAX = 262144, SKILL_MS_MAX = 600000, SKILLS_RUNNING_MAX = 4, SKILL_TURNS_MAX = 100000,
    SKILL_HEAP_BYTES_MIN = 1048576, SKILL_HEAP_BYTES_MAX = 67108864,
};
/* How its process ends when it ends by itself. */
enum { SKILL_DONE = 0, SKILL_BROKE = 1, SKILL_LATE = 3, SKILL_FULL = 4, SKILL_STEPS = 5, SKILL_MESSAGE = 6, SKILL_NO_JAIL = 9 };

#endif
