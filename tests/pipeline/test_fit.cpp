#include "pipeline/fit.h"

#include "catch.h"
#include "pipeline/fit_remedy.h"
#include "pipeline/written_recipe.h"

using namespace espalier;
using pipeline::all_of;
using pipeline::has_problem;
using pipeline::WrittenRecipe;

namespace {

const std::string start =
    "name: x\ndata: {type: small}\nstudent: model.yaml\ntraining: {epochs: 8, batch_size: 10}\nexport: [tflite]\n";
const std::string quantized = start + "compression:\n  - {type: quantize, epochs: [4, 8]}\n";

std::string chip(const std::string& flash, const std::string& ram, const std::string& runtimes) {
  return "name: Chip\nboard: a board\ncore: Core\nclock: {value: 1 MHz, source: s}\nflash: {value: " + flash +
         ", source: s}\nram: {value: " + ram + ", source: s}\nruntimes: " + runtimes + "\n";
}

const std::string timed =
    "{cmsis_nn: {conv2d: {value: 1, source: s}, depthwise_conv2d: {value: 1, source: s}, fully_connected: {value: 1, "
    "source: s}}}";

struct Planned {
  explicit Planned(const std::string& recipe, const std::string& target = chip("1 MiB", "64 KiB", timed),
                   const std::vector<std::string>& overrides = {})
      : written(recipe) {
    written.write("chip.yaml", target);
    plan = written.plan(problems, overrides);
  }
  WrittenRecipe written;
  std::vector<Problem> problems;
  pipeline::Plan plan;
};

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a target is read from beside the recipe or by its name, and stands in the resolved recipe") {
  const Planned beside(quantized + "target: chip.yaml\n");
  INFO(all_of(beside.problems));
  REQUIRE(beside.problems.empty());
  CHECK(beside.plan.target->name == "Chip");
  CHECK(pipeline::runtime_of(beside.plan) == "cmsis_nn");
  CHECK(says(beside.plan.resolved.yaml(), beside.written.file("chip.yaml").string()));
  REQUIRE(beside.plan.whole);
  CHECK(beside.plan.whole->seconds);
  CHECK(beside.plan.unfit.empty());
  const Planned named(quantized + "target: stm32f746\nbudget: {flash: 64 KiB, ram: 32 KiB}\n");
  INFO(all_of(named.problems));
  REQUIRE(named.problems.empty());
  CHECK(named.plan.target->name == "STM32F746");
  const auto text = pipeline::describe(named.plan);
  CHECK(says(text, "target    STM32F746 (Cortex-M7)"));
  CHECK(says(text, "fit       as int8, whole:"));
}

TEST_CASE("what no runtime of the target takes or computes is refused at its line") {
  CHECK(has_problem(Planned(quantized + "target: chop.yaml\n").problems, "recipe.yaml:8:", "no target"));
  CHECK(has_problem(Planned(quantized + "target: [chip.yaml]\n").problems, "recipe.yaml:8:", "a name"));
  const auto onnx = chip("1 MiB", "64 KiB", "{onnxruntime: {}}");
  CHECK(has_problem(Planned(quantized + "target: chip.yaml\n", onnx).problems,
                    "recipe.yaml:5:", "Chip runs none of [tflite]"));
  const auto without_mean = chip("1 MiB", "64 KiB", "{tflm: {operators: [CONV_2D, FULLY_CONNECTED]}}");
  const Planned holes(quantized + "target: chip.yaml\n", without_mean);
  INFO(all_of(holes.problems));
  CHECK(has_problem(holes.problems, "model.yaml:6:", "becomes MEAN"));
  CHECK(holes.problems.size() == 1);
  const auto damaged = chip("1 MiB", "64 parsecs", timed);
  CHECK(has_problem(Planned(quantized + "target: chip.yaml\n", damaged).problems, "chip.yaml:6:", "parsecs"));
}

TEST_CASE("the device's arithmetic is that of the target's runtime which takes an export") {
  const integer::Program program;
  for (const auto& [format, arithmetic] :
       {std::pair{"onnx", integer::Arithmetic::ort_f32_even}, std::pair{"tflite", integer::Arithmetic::tflm}}) {
    const Planned planned(quantized + "target: raspberry_pi_4\n", "", {std::string("export=[") + format + "]"});
    INFO(all_of(planned.problems));
    REQUIRE(planned.plan.target);
    CHECK(pipeline::device_arithmetic(planned.plan, program) == arithmetic);
  }
}

TEST_CASE("a latency budget needs a target that has times") {
  CHECK(has_problem(Planned(quantized + "budget: {latency: 5 ms}\n").problems, "recipe.yaml:8:", "target"));
  const auto untimed = chip("1 MiB", "64 KiB", "{tflm: {}}");
  CHECK(has_problem(Planned(quantized + "target: chip.yaml\nbudget: {latency: 5 ms}\n", untimed).problems,
                    "recipe.yaml:9:", "no cycles for tflm"));
  const Planned slow(quantized + "target: chip.yaml\nbudget: {latency: 0.5 ms}\n");
  REQUIRE(slow.plan.unfit.size() == 1);
  CHECK(says(slow.plan.unfit[0].text, "budget.latency (0.50 ms)"));
}

TEST_CASE("a student that cannot fit is refused before training, with what lacks and a remedy that holds") {
  const Planned tight(quantized + "target: chip.yaml\nbudget: {ram: 250}\n");
  REQUIRE(tight.problems.empty());
  REQUIRE(tight.plan.unfit.size() == 1);
  const auto& found = tight.plan.unfit[0];
  INFO(found.text);
  CHECK(says(found.origin, "recipe.yaml:9:"));
  CHECK(says(found.text, "the student does not fit budget.ram (250 B)"));
  CHECK(says(found.text, "the peak is at"));
  try {
    pipeline::require_fit(tight.plan);
    FAIL("was not refused");
  } catch (const Error& error) {
    CHECK(error.code() == Exit::unmet);
  }
  // The remedy is one: the recipe with it has a student that fits.
  const auto at = found.text.find("sparsity: ");
  REQUIRE(at != std::string::npos);
  const auto sparsity = found.text.substr(at + 10, 4);
  const Planned treated(
      start + "compression:\n  - {type: prune, structure: channels, scope: layer, sparsity: " + sparsity +
      ", epochs: [0, 4]}\n  - {type: quantize, epochs: [4, 8]}\ntarget: chip.yaml\nbudget: {ram: 250}\n");
  INFO(all_of(treated.problems));
  CHECK(treated.problems.empty());
  CHECK(treated.plan.unfit.empty());
  REQUIRE(treated.plan.notes.size() == 1);
  CHECK(says(treated.plan.notes[0], "only a pruned student fits budget.ram"));
}

TEST_CASE("the target's own memories are bounds, with the code of its runtime") {
  const auto small = chip("2 KiB", "64 KiB", "{tflm: {code: {value: 2000, source: s}}}");
  CHECK(has_problem(Planned(quantized + "target: chip.yaml\n", small).problems, "chip.yaml", "number and its unit"));
  const auto code = chip("2 KiB", "64 KiB", "{tflm: {code: {value: 2000 B, source: s}}}");
  const Planned planned(quantized + "target: chip.yaml\n", code);
  INFO(all_of(planned.problems));
  REQUIRE(planned.plan.unfit.size() == 1);
  CHECK(says(planned.plan.unfit[0].text, "Chip flash (2.0 KiB)"));
  CHECK(says(planned.plan.unfit[0].text, "it fits "));
  CHECK(says(planned.plan.unfit[0].origin, "recipe.yaml:8:"));
}

TEST_CASE("without quantization nothing is claimed before training") {
  Planned floating(
      "name: x\ndata: {type: small}\nstudent: model.yaml\ntraining: {epochs: 8, batch_size: 10}\nexport: "
      "[torchscript]\nbudget: {ram: 1}\n");
  INFO(all_of(floating.problems));
  CHECK(floating.problems.empty());
  CHECK(floating.plan.unfit.empty());
  REQUIRE(floating.plan.notes.size() == 1);
  CHECK(says(floating.plan.notes[0], "does not quantize"));
}

TEST_CASE("the trained student is held to the same bounds, and told what it takes of every target") {
  Planned planned(quantized + "target: chip.yaml\nbudget: {flash: 100, ram: 64 KiB, macs: 1e9}\n");
  REQUIRE(planned.problems.empty());
  pipeline::Student student;
  student.network = planned.plan.student;
  student.program = integer::Program{};
  reporting::Summary summary;
  summary.macs = 5;
  pipeline::Student bare;
  bare.network = planned.plan.student;
  pipeline::fill_fit(summary, planned.plan, bare);  // no program: not measured, hence not met
  REQUIRE(summary.budget.size() == 5);
  CHECK_FALSE(summary.budget[0].met());
  CHECK(summary.budget[2].name == "macs");
  CHECK(summary.budget[2].met());
  CHECK_FALSE(summary.fit.has_value());
  CHECK(summary.target == "Chip");
}
