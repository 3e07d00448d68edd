/* Start-up of any Cortex-M under QEMU: the vector table, the floating-point unit, then newlib's _start. */
#include <stdint.h>

extern uint32_t stack_top;
void _start(void);
void reset_handler(void);
void stop(void);

void reset_handler(void) {
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
  *(volatile uint32_t*)0xE000ED88 |= 0xFu << 20; /* CPACR: full access to coprocessors 10 and 11 */
  __asm volatile("dsb\n\tisb");
#endif
  _start();
  stop();
}

void stop(void) {
  for (;;) __asm volatile("bkpt 0");
}

__attribute__((section(".vectors"), used)) static const void* const vectors[16] = {
    &stack_top,        (const void*)reset_handler, (const void*)stop, (const void*)stop,
    (const void*)stop, (const void*)stop,          (const void*)stop, (const void*)stop,
    (const void*)stop, (const void*)stop,          (const void*)stop, (const void*)stop,
    (const void*)stop, (const void*)stop,          (const void*)stop, (const void*)stop};
