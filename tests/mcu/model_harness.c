/* model_harness <samples>: runs an exported network on the device, layer by layer and whole, and compares the bytes
 * with those of the twin that make_c_exports wrote. With HEARS also from sound to answer. Prints lines "name number";
 * exit status 1 where a byte differs. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "known_answer.h"
#include "model.h"
#ifdef HEARS
#include "front_end.h"
#include "keyword_stream.h"
#endif

enum { PIECE = 256, PAINTED = 8192, PAINT = 0xA5, OWN_FRAME = 64 };

static uint32_t arena[MODEL_ARENA_BYTES / 4];
static model network;

/* How many of the file's next bytes are others. */
static int differing(int file, const int8_t* bytes, size_t count) {
  int8_t expected[PIECE];
  int others = 0;
  for (size_t at = 0; at < count; at += PIECE) {
    const size_t now = count - at < PIECE ? count - at : PIECE;
    if (read(file, expected, now) != (int)now) return -1000000;
    for (size_t i = 0; i < now; ++i) others += bytes[at + i] != expected[i];
  }
  return others;
}

static int compare_samples(int file, int* samples) {
  static int8_t input[MODEL_INPUT_BYTES], output[MODEL_OUTPUT_BYTES];
  int others = 0;
  for (*samples = 0; read(file, input, sizeof input) == (int)sizeof input; ++*samples) {
    memcpy(model_input(&network), input, sizeof input);
    for (int32_t step = 0; step < MODEL_STEPS; ++step) {
      size_t bytes = 0;
      if (model_step(&network, step) != MODEL_OK) return -1;
      const int8_t* result = model_step_output(&network, step, &bytes);
      others += differing(file, result, bytes);
    }
    memcpy(output, model_output(&network), sizeof output);
    memcpy(model_input(&network), input, sizeof input);
    if (model_invoke(&network) != MODEL_OK) return -1;
    others += memcmp(output, model_output(&network), sizeof output) != 0;
  }
  return others;
}

/* Stack that a function uses: memory below the caller's frame is painted, and the lowest that changed is looked up. */
static volatile uint8_t* below(uintptr_t frame, uintptr_t bytes) { return (volatile uint8_t*)(frame - bytes); }

__attribute__((noinline)) static int stack_of(model_status (*run)(void), model_status* status) {
  volatile uint8_t here = 0;
  const uintptr_t frame = (uintptr_t)&here;
  uintptr_t depth = PAINTED;
  for (uintptr_t i = OWN_FRAME; i <= PAINTED; ++i) *below(frame, i) = PAINT;
  *status = run();
  while (depth > OWN_FRAME && *below(frame, depth) == PAINT) --depth;
  return (int)depth;
}

static volatile int measured; /* keeps the calls below from being jumps */

__attribute__((noinline)) static model_status cost_inference(void) {
  const model_status status = model_invoke(&network);
  measured = 1;
  return status;
}

#ifdef HEARS
static int16_t clip[FRONT_END_CLIP_SAMPLES];

__attribute__((noinline)) static model_status cost_sound_to_answer(void) {
  model_status status = front_end_clip(&network, clip, FRONT_END_CLIP_SAMPLES);
  if (status == MODEL_OK) status = model_invoke(&network);
  measured = 2;
  return status;
}

/* A clip in small blocks must end in the answer that it has as a whole. */
static int stream_differs(void) {
  static keyword_stream stream;
  static int8_t whole[MODEL_OUTPUT_BYTES];
  keyword_heard heard;
  size_t taken = 0;
  if (front_end_clip(&network, clip, FRONT_END_CLIP_SAMPLES) != MODEL_OK || model_invoke(&network) != MODEL_OK)
    return 1;
  memcpy(whole, model_output(&network), sizeof whole);
  if (keyword_stream_init(&stream, sizeof stream, &network) != MODEL_OK) return 1;
  for (size_t at = 0; at < FRONT_END_CLIP_SAMPLES; at += taken) {
    const size_t left = FRONT_END_CLIP_SAMPLES - at, block = left < 100 ? left : 100;
    if (keyword_stream_hear(&stream, clip + at, block, &taken, &heard) != MODEL_OK) return 1;
  }
  printf("stream %d\n", (int)sizeof stream);
  return memcmp(whole, model_output(&network), sizeof whole) != 0;
}

static int hear(void) {
  int32_t others = 0;
  model_status status = known_answer_front_end(arena, sizeof arena, &others);
  printf("front_end_differing %d\n", status == MODEL_OK ? (int)others : (int)status);
  if (status != MODEL_OK || others != 0) return 1;
  for (int32_t i = 0; i < FRONT_END_CLIP_SAMPLES; ++i) clip[i] = (int16_t)((i * 977) % 8192 - 4096);
  printf("stack_with_front_end %d\n", stack_of(cost_sound_to_answer, &status));
  return status != MODEL_OK || stream_differs();
}
#endif

int main(void) {
  const int file = open(DATA, O_RDONLY);
  int32_t others = 0;
  int samples = 0, failed = 0, layers = 0;
  model_status status = model_init(&network, arena, sizeof arena);
  if (file < 0 || status != MODEL_OK) {
    printf("no file " DATA ", or the arena is refused\n");
    return 2;
  }
  status = known_answer_model(&network, &others);
  printf("known_answer_differing %d\n", status == MODEL_OK ? (int)others : (int)status);
  layers = compare_samples(file, &samples);
  printf("samples %d\nlayers_differing %d\narena %d\n", samples, layers, (int)MODEL_ARENA_BYTES);
  failed = status != MODEL_OK || others != 0 || layers != 0 || samples == 0;
  memset(model_input(&network), 0, MODEL_INPUT_BYTES);
  printf("stack %d\n", stack_of(cost_inference, &status));
#ifdef HEARS
  failed |= hear();
#endif
  return failed || status != MODEL_OK;
}
