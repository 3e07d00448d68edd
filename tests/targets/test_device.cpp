#include "targets/device.h"

#include <unistd.h>

#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "catch.h"
#include "targets/runtime.h"

using namespace espalier;
using namespace espalier::targets;

namespace {

const std::filesystem::path folder = std::filesystem::path(ESPALIER_SOURCE_DIR) / "configs" / "targets";

std::string all_of(const std::vector<Problem>& problems) {
  std::string all;
  for (const auto& problem : problems) all += problem.origin + ": " + problem.text + "\n";
  return all;
}

Device load(const std::string& yaml, std::vector<Problem>& problems) {
  const auto file =
      std::filesystem::temp_directory_path() / ("espalier_" + std::to_string(::getpid()) + "_target.yaml");
  write_atomically(file, yaml);
  auto device = load_device(file, problems);
  std::filesystem::remove(file);
  return device;
}

const std::string least =
    "name: Chip\ncore: Core\nclock: { value: 100 MHz, source: s }\nflash: { value: 1 MiB, source: s }\n"
    "ram: { value: 64 KiB, source: s }\n";

}  // namespace

TEST_CASE("every shipped target is one, with a source for each figure") {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") continue;
    ++count;
    std::vector<Problem> problems;
    const auto device = load_device(entry.path(), problems);
    INFO(entry.path().string() << "\n" << all_of(problems));
    REQUIRE(problems.empty());
    CHECK_FALSE(device.board.empty());
    CHECK(device.flash.value >= device.ram.value / 8);
    CHECK(std::any_of(device.runtimes.begin(), device.runtimes.end(),
                      [](const Kernels& kernels) { return kernels.runtime == "c" || kernels.runtime == "cmsis_nn"; }));
    for (const auto& kernels : device.runtimes)
      if (kernels.has_times()) CHECK(kernels.conv2d->value <= kernels.depthwise_conv2d->value * 1.001);
  }
  CHECK(count >= 12);
}

TEST_CASE("the sketch's target: an STM32F746 with its memories, read at their source") {
  std::vector<Problem> problems;
  const auto device = load_device(folder / "stm32f746.yaml", problems);
  REQUIRE(problems.empty());
  CHECK(device.clock.value == 216e6);
  CHECK(device.ram.value == 320 * 1024);
  CHECK(device.ram.verified);
  CHECK(device.preferred().runtime == "c");
  CHECK(device.find("cmsis_nn") != nullptr);
  CHECK(device.find("litert") == nullptr);
}

TEST_CASE("what a file includes can be verified by the file that measured it") {
  std::vector<Problem> problems;
  const auto measured = load_device(folder / "stm32l4.yaml", problems),
             assumed = load_device(folder / "stm32f446.yaml", problems);
  REQUIRE(problems.empty());
  CHECK(measured.find("cmsis_nn")->conv2d->verified);
  CHECK_FALSE(assumed.find("cmsis_nn")->conv2d->verified);
  CHECK(measured.find("cmsis_nn")->conv2d->value == assumed.find("cmsis_nn")->conv2d->value);
  CHECK_FALSE(measured.find("c")->conv2d->verified);
}

TEST_CASE("power follows from current and voltage or from the energy of a cycle") {
  std::vector<Problem> problems;
  const auto runtimes = least + "runtimes: { tflm: {} }\n";
  const auto drawn = load(runtimes +
                              "current: { value: 10 mA, source: s, verified: true }\n"
                              "voltage: { value: 3 V, source: s }\n",
                          problems);
  CHECK(drawn.power()->value == Approx(0.03));
  CHECK_FALSE(drawn.power()->verified);
  CHECK(load(runtimes + "energy_per_cycle: { value: 0.5 nJ, source: s }\n", problems).power()->value == Approx(0.05));
  CHECK_FALSE(load(runtimes, problems).power().has_value());
  CHECK(problems.empty());
}

TEST_CASE("mistakes in a target are found at once, each at its line") {
  std::vector<Problem> problems;
  load(
      "name: Chip\ncore: Core\nclock: { value: 100 MB, source: s }\nflash: { value: 1 MiB }\n"
      "ram: 64 KiB\ncurrent: { value: 1 mA, source: s }\nruntimes:\n  tflmm: {}\n"
      "  c: { conv2d: { value: 1, source: s }, operators: [CONV2D] }\ncolour: blue\n",
      problems);
  const auto text = all_of(problems);
  INFO(text);
  for (const char* said :
       {"target.yaml:3:", "target.yaml:4:", "target.yaml:5:", "target.yaml:8:", "did you mean 'tflm'",
        "did you mean 'CONV_2D'", "needs conv2d, depthwise_conv2d and fully_connected",
        "current and voltage belong together", "unknown key 'colour'"})
    CHECK(text.find(said) != std::string::npos);
  problems.clear();
  load(least, problems);
  CHECK(all_of(problems).find("runtimes") != std::string::npos);
  problems.clear();
  load(least + "runtimes: {}\n", problems);
  CHECK(all_of(problems).find("runtimes must be a map") != std::string::npos);
  problems.clear();
  load("- 1\n", problems);
  CHECK(all_of(problems).find("must be a map of keys") != std::string::npos);
  problems.clear();
  load("a: [", problems);
  CHECK(problems.size() == 1);
}

TEST_CASE("a target is found by its path or its name") {
  std::vector<Problem> problems;
  CHECK(find_device((folder / "rp2040.yaml").string(), "x", problems) == folder / "rp2040.yaml");
  CHECK(problems.empty());
  // The test program lies in build/<preset>, as the program does, so that the checkout's targets are the shipped ones.
  REQUIRE(shipped_targets() == folder);
  CHECK(find_device("rp2040", "x", problems) == folder / "rp2040.yaml");
  CHECK(problems.empty());
  CHECK(find_device("rp2140", "recipe.yaml:3:9", problems).empty());
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].origin == "recipe.yaml:3:9");
  CHECK(problems[0].text.find("did you mean 'rp2040'") != std::string::npos);
  problems.clear();
  CHECK(find_device("../targets/rp2140.yaml", "x", problems).empty());
  CHECK(problems[0].text.find("'../targets/rp2140.yaml'") != std::string::npos);
  const auto names = shipped_names();
  CHECK(std::is_sorted(names.begin(), names.end()));
  CHECK(std::find(names.begin(), names.end(), "stm32f746") != names.end());
}
