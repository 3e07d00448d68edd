/* The least firmware that runs a network, without printing: what it takes of flash and RAM is what a product pays. */
#include <string.h>

#include "model.h"
#ifdef HEARS
#include "front_end.h"
#endif

static uint32_t arena[MODEL_ARENA_BYTES / 4];
static model network;
volatile int32_t answer;

int main(void) {
  model_init(&network, arena, sizeof arena);
#ifdef HEARS
  static int16_t clip[1]; /* stands for the buffer of the microphone's driver */
  front_end_clip(&network, clip, FRONT_END_CLIP_SAMPLES);
#endif
  model_invoke(&network);
  answer = model_best(&network);
  return 0;
}

#ifdef __arm__ /* elsewhere the C library's smallest start-up does this */
void _start(void);
void _start(void) {
  extern uint8_t __bss_start__[], __bss_end__[];
  memset(__bss_start__, 0, (size_t)(__bss_end__ - __bss_start__));
  main();
}
#endif
