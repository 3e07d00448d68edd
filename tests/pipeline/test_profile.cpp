#include "pipeline/profile.h"

#include "catch.h"
#include "exporting/tflite/writer.h"
#include "pipeline/written_recipe.h"
#include "targets/planned.h"

using namespace espalier;
using namespace espalier::pipeline;

namespace {

const std::string recipe =
    "name: x\ndata: {type: small}\nstudent: model.yaml\ntraining: {epochs: 8, batch_size: 10}\nexport: [tflite]\n"
    "compression:\n  - {type: quantize, epochs: [4, 8]}\ntarget: stm32f746\n";

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string refusal(const ProfileRequest& request) {
  try {
    profile(request, WrittenRecipe::registry());
  } catch (const Error& error) {
    CHECK(error.code() == Exit::mistake);
    return error.problems().at(0).origin + ": " + error.problems().at(0).text;
  }
  return "";
}

}  // namespace

TEST_CASE("a recipe's student is profiled on its target, or on another one") {
  const WrittenRecipe written(recipe);
  ProfileRequest request;
  request.config = written.file().string();
  const auto own = profile(request, WrittenRecipe::registry());
  CHECK(own.profile.device->name == "STM32F746");
  CHECK(own.profile.runtime == "cmsis_nn");  // what the recipe exports runs there
  CHECK(own.profile.estimate.macs == 8 * 9 * 7 * 4 + 40);
  CHECK(says(text_of(own), "before training"));
  request.target = "rp2040";
  const auto other = profile(request, WrittenRecipe::registry());
  CHECK(other.profile.device->name == "RP2040");
  CHECK(other.profile.runtime == "c");
  CHECK(*other.profile.estimate.seconds > *own.profile.estimate.seconds);
  CHECK(to_json(other).at("targets").items().size() == targets::shipped_names().size());
}

TEST_CASE("a TFLite file is profiled, without a target on all of them; a log of the bench is set beside it") {
  WrittenRecipe written(recipe);
  std::vector<Problem> problems;
  const auto plan = written.plan(problems);
  REQUIRE(problems.empty());
  const auto file = written.file("m.tflite");
  write_atomically(file, exporting::tflite::write(targets::planned_program(plan.student)));
  written.write("log.txt", "known answer: passed\ncycles: 4000\n");
  ProfileRequest request;
  request.run = file.string();
  request.measured = written.file("log.txt").string();
  const auto profiled = profile(request, WrittenRecipe::registry());
  const auto page = text_of(profiled);
  CHECK(says(page, "On every known target"));
  CHECK(says(page, "RP2040"));
  CHECK(says(page, "4,000 cycles"));
  CHECK(profiled.profile.estimate.macs == 8 * 9 * 7 * 4 + 40);
}

TEST_CASE("what cannot be profiled is refused with the remedy") {
  const WrittenRecipe written(recipe);
  CHECK(says(refusal({}), "one of them"));
  CHECK(says(refusal({.run = "nowhere"}), "neither a run folder"));
  CHECK(says(refusal({.run = written.file().string()}), "TFLite"));
  CHECK(says(refusal({.config = written.file().string(), .target = "rp2140"}), "did you mean 'rp2040'"));
  CHECK(says(refusal({.config = written.file().string(), .target = "rp2040", .runtime = "cc"}), "no runtime 'cc'"));
  CHECK(says(refusal({.config = written.file().string(), .measured = written.file("none").string()}), "none"));
}
