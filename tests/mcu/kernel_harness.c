/* Runs every layer of the file DATA, which make_layers wrote, on the device and compares the bytes. The
 * first two are the layers whose cost is budgeted: each is run by a function of its own, for the instruction count.
 * Prints one line; exit status 1 where a byte differs. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "layer_file.h"

static int8_t weights[MOST_WEIGHTS], input[MOST_ELEMENTS], output[MOST_ELEMENTS], expected[MOST_ELEMENTS];
static int32_t bias[MOST_CHANNELS], multipliers[MOST_CHANNELS];
static int8_t shifts[MOST_CHANNELS];
static uint32_t scratch[MOST_SCRATCH / 4];

static int take(int file, void* to, int32_t count, size_t size) {
  return read(file, to, (size_t)count * size) == (int)((size_t)count * size);
}

static int read_layer(int file, layer_head* layer) {
  return take(file, layer, 1, sizeof *layer) && take(file, weights, layer->weights, 1) &&
         take(file, bias, layer->output.channels, 4) && take(file, multipliers, layer->output.channels, 4) &&
         take(file, shifts, layer->output.channels, 1) && take(file, input, elements_of(layer->input), 1) &&
         take(file, expected, elements_of(layer->output), 1);
}

static espalier_status run(const layer_head* layer) {
  const espalier_rescale rescale = {multipliers, shifts, NULL, layer->output_zero_point, layer->low, layer->high};
  return run_layer(layer, weights, bias, &rescale, input, layer->in_place ? input : output, scratch);
}

/* 202 instructions, for judging the counter: one, a hundred times two, the return. */
void known_cost(void);
#ifdef __arm__
__asm__(
    ".text\n\t.thumb_func\n\t.global known_cost\n\t.type known_cost, %function\n"
    "known_cost:\n\tmovs r0, #100\n1:\n\tsubs r0, #1\n\tbne 1b\n\tbx lr\n\t.size known_cost, . - known_cost");
#else
__asm__(
    ".text\n\t.global known_cost\n\t.type known_cost, %function\n"
    "known_cost:\n\tli a0, 100\n1:\n\taddi a0, a0, -1\n\tbnez a0, 1b\n\tret\n\t.size known_cost, . - known_cost");
#endif

/* Not the same function twice, and no jump to the end of each: the counts are theirs. */
static volatile int measured;
__attribute__((noinline)) static espalier_status cost_depthwise(const layer_head* layer) {
  const espalier_status status = run(layer);
  measured = 1;
  return status;
}
__attribute__((noinline)) static espalier_status cost_pointwise(const layer_head* layer) {
  const espalier_status status = run(layer);
  measured = 2;
  return status;
}

int main(void) {
  const int file = open(DATA, O_RDONLY);
  layer_head layer;
  int layers = 0, differing = 0;
  if (file < 0) {
    printf("no file " DATA "\n");
    return 2;
  }
  known_cost();
  for (; read_layer(file, &layer); ++layers) {
    const espalier_status status = layers == 0   ? cost_depthwise(&layer)
                                   : layers == 1 ? cost_pointwise(&layer)
                                                 : run(&layer);
    const int8_t* bytes = layer.in_place ? input : output;
    if (status != ESPALIER_OK || memcmp(bytes, expected, (size_t)elements_of(layer.output)) != 0) {
      ++differing;
      printf("layer %d of kind %d differs\n", layers, (int)layer.kind);
    }
  }
  printf("layers %d differing %d\n", layers, differing);
  return differing != 0 || layers < 2;
}
