// A network of one's own, made and trained with torch::nn, through Espalier to an int8 TFLite file.
#include <espalier/base/error.h>
#include <espalier/base/files.h>
#include <espalier/exporting/tflite/writer.h>
#include <espalier/pipeline/compress.h>
#include <espalier/pipeline/traced_module.h>
#include <torch/torch.h>

#include <cstdio>

#include "stripes.h"

using namespace espalier;

struct Net : torch::nn::Module {
  Net() {
    const auto conv = [](int in, int out, int stride) {
      return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 3).stride(stride).padding(1).bias(false));
    };
    stem =
        register_module("stem", torch::nn::Sequential(conv(1, 16, 2), torch::nn::BatchNorm2d(16), torch::nn::ReLU()));
    body = register_module("body", torch::nn::Sequential(conv(16, 16, 1), torch::nn::BatchNorm2d(16)));
    head = register_module("head", torch::nn::Linear(16, 4));
  }
  torch::Tensor forward(const torch::Tensor& x) {
    const auto y = stem->forward(x);
    return head(torch::relu(y + body->forward(y)).mean({2, 3}));
  }
  torch::nn::Sequential stem, body;
  torch::nn::Linear head = nullptr;
};

int main() try {
  const Stripes data;
  Net net;  // trained here, or loaded with torch::load
  const auto imported = pipeline::import_module(net, torch::randn({1, 1, 12, 12}), "stripes");
  const auto student = pipeline::compress(imported.network, data, R"(
    training: { epochs: 12, batch_size: 32, optimizer: { type: adam, lr: 0.01 }, lr_schedule: cosine }
    compression:
      - { type: prune, structure: channels, sparsity: 0.4, epochs: [2, 6] }
      - { type: quantize, epochs: [6, 12], freeze_batch_norm: 9, freeze_observers: 9 }
  )");
  write_atomically("own_module.tflite", exporting::tflite::write(*student.program));
  const auto measured = pipeline::measure(student, data, datasets::Split::test);
  std::printf("accuracy %.1f %% in float, %.1f %% in int8\n", 100 * measured.floating.accuracy(),
              100 * measured.integer->answers.accuracy());
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return static_cast<int>(error.code());
}
