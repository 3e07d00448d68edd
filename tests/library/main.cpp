// Espalier as a library: a network and data made in C++, compressed in memory, written as an int8 TFLite file.
#include <espalier/base/error.h>
#include <espalier/base/files.h>
#include <espalier/exporting/tflite/writer.h>
#include <espalier/graph/builder.h>
#include <espalier/pipeline/compress.h>

#include <cstdio>

#include "stripes.h"

using namespace espalier;

graph::Network small_network() {
  graph::Builder b({1, 12, 12}, "stripes");
  auto x =
      b.conv2d(b.input(), {.out = 16, .kernel = {3, 3}, .stride = {2, 2}, .padding = graph::Padding::same()}, "stem");
  x = b.relu(b.batch_norm(x));
  x = b.depthwise_conv2d(x, {.kernel = {3, 3}, .padding = graph::Padding::same()}, "depthwise");
  x = b.relu(b.batch_norm(x));
  x = b.conv2d(x, {.out = 16, .kernel = {1, 1}}, "pointwise");
  x = b.relu(b.batch_norm(x));
  return b.finish(b.linear(b.global_average_pool(x), {.out = 4}, "head"));
}

int main() try {
  const Stripes data;
  const auto student = pipeline::compress(small_network(), data, R"(
    training: { epochs: 16, batch_size: 32, optimizer: { type: adam, lr: 0.01 }, lr_schedule: cosine }
    compression:
      - { type: prune, structure: channels, sparsity: 0.4, epochs: [3, 8] }
      - { type: quantize, epochs: [8, 16], freeze_batch_norm: 12, freeze_observers: 12 }
  )");
  write_atomically("model.tflite", exporting::tflite::write(*student.program));

  // The twin computes what a device computes with model.tflite, bit for bit.
  const auto measured = pipeline::measure(student, data, datasets::Split::test);
  const auto before = graph::cost_of(small_network()), after = graph::cost_of(student.network);
  std::printf("MACs %lld -> %lld, accuracy %.1f %% in float, %.1f %% in int8\n", static_cast<long long>(before.macs),
              static_cast<long long>(after.macs), 100 * measured.floating.accuracy(),
              100 * measured.integer->answers.accuracy());
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return static_cast<int>(error.code());
}
