/* What sandbox.c asks of jail.c. */
#ifndef MC_JAIL_H
#define MC_JAIL_H

#include <stddef.h>

/* 1: this kernel has a filter of system calls. */
int jail_possible(void);
/* There is no way back. 0, or -1: the process must not run anybody else's code. */
int jail_enter(unsigned cpu_seconds, size_t memory_bytes);

#endif
