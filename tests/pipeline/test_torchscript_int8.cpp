// The int8 export, loaded by LibTorch itself, against the twin.
#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <sstream>

#include "base/error.h"
#include "catch.h"
#include "exporting/random_programs.h"
#include "exporting/torchscript/engine.h"
#include "exporting/torchscript/quantized_writer.h"
#include "integer/twin.h"

using namespace espalier;
namespace random_programs = exporting::random_programs;

namespace {

torch::jit::Module loaded(const integer::Program& program) {
  const auto bytes = exporting::torchscript::write_quantized(program, R"({"kind": "none"})");
  std::istringstream in(std::string(bytes.begin(), bytes.end()));
  return torch::jit::load(in);
}

/// int8 channels last -> real values, channels first.
at::Tensor real_of(const integer::Activation& activation, const std::vector<std::int8_t>& bytes) {
  std::vector<std::int64_t> shape = {-1};
  shape.insert(shape.end(), activation.shape.begin(), activation.shape.end());
  const auto codes = at::tensor(at::ArrayRef<std::int8_t>(bytes)).reshape(shape).to(at::kFloat);
  const auto real = (codes - activation.zero_point) * activation.scale;
  return shape.size() == 4 ? real.permute({0, 3, 1, 2}).contiguous() : real;
}

std::int64_t differing(const integer::Program& program, at::QEngine engine) {
  constexpr std::int64_t samples = 12;
  const auto inputs = random_programs::random_inputs(program, samples, 5);
  const auto &in = program.activations[static_cast<std::size_t>(program.input)],
             &out = program.activations[static_cast<std::size_t>(program.output)];
  std::vector<std::int8_t> expected(static_cast<std::size_t>(samples * integer::elements(out.shape)));
  integer::Twin(program, integer::Arithmetic::ort_f32_even, 1).run(inputs, samples, expected);
  const exporting::torchscript::WithoutWarnings quiet;
  const auto before = at::globalContext().qEngine();
  at::globalContext().setQEngine(engine);
  const auto found = loaded(program).forward({real_of(in, inputs)}).toTensor();
  at::globalContext().setQEngine(before);
  return at::ne(found, real_of(out, expected)).sum().item<std::int64_t>();
}

}  // namespace

TEST_CASE("under QNNPACK the int8 export gives the twin's bytes on random programs") {
  for (std::uint64_t seed = 0; seed < 6; ++seed)
    for (const auto& whole : random_programs::every_kind(seed)) {
      const auto program = random_programs::cut_at_logits(whole);
      INFO(program.name << " " << seed);
      CHECK(differing(program, at::QEngine::QNNPACK) == 0);
    }
}

TEST_CASE("under QNNPACK every layer rounds as the twin does, on a million outputs") {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    random_programs::Builder net(seed, "layer");
    net.conv(net.input({40, 40, 4}), 8, 3, 3, 1, random_programs::Margin::same, integer::Clamp::none);
    INFO("layer " << seed);
    CHECK(differing(net.program, at::QEngine::QNNPACK) == 0);
  }
}

TEST_CASE("writing leaves the process's engine as it was") {
  const auto before = at::globalContext().qEngine();
  loaded(random_programs::resnet(1));
  CHECK(at::globalContext().qEngine() == before);
}

TEST_CASE("labels and the front end travel with the int8 export") {
  const auto module = loaded(random_programs::ds_cnn(0));
  CHECK(module.attr("labels").toListRef().size() == 12);
  CHECK(module.attr("front_end").toStringRef() == R"({"kind": "none"})");
}

TEST_CASE("channels without weights are exact whatever their bias") {
  auto program = random_programs::resnet(2);
  auto& first = std::get<integer::Conv2d>(program.instructions[0]);
  const auto run = first.weights.size() / first.bias.size();
  for (std::size_t c = 0; c < 4; ++c) {
    std::fill_n(first.weights.begin() + static_cast<std::ptrdiff_t>(c * run), run, std::int8_t{0});
    first.weight_scale[c] = 1e-7F;
    first.bias[c] = (1 << 28) + 12345 * static_cast<std::int32_t>(c);
  }
  first.bias[3] = -first.bias[3];
  CHECK(differing(program, at::QEngine::QNNPACK) == 0);
}

TEST_CASE("what LibTorch cannot compute exactly is refused by name") {
  CHECK_THROWS_WITH(loaded(random_programs::mlp(1)), Catch::Contains("cut the network at its logits"));
  auto program = random_programs::resnet(1);
  std::get<integer::Conv2d>(program.instructions[0]).bias[3] = (1 << 25) + 1;
  CHECK_THROWS_WITH(loaded(program), Catch::Contains("channel 3") && Catch::Contains("does not survive"));
}
