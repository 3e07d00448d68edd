#include "schema/describe.h"

#include "catch.h"
#include "schema/document.h"
#include "schema/readers.h"

using namespace espalier;
using namespace espalier::schema;

namespace {

struct Options {
  double temperature = 4;
  std::int64_t steps = 100;
  bool nesterov = false;
  std::string loss = "kl";
  std::vector<double> betas = {0.9, 0.999};
  Bytes flash;
  Milliseconds window{40};
  Epochs epochs;
  Every every;
  Pair kernel;
  Path model;
  Part part;
  static void describe(Describe<Options>& d) {
    d.about("everything that a key may be", "nobody 2000");
    d.key("temperature", &Options::temperature, "softens").range(0.1, 100).in("K");
    d.key("steps", &Options::steps, "how many").range(1, 1000);
    d.key("nesterov", &Options::nesterov, "looks ahead");
    d.key("loss", &Options::loss, "which").one_of({"kl", "mse"});
    d.key("betas", &Options::betas, "decay").range(0, 1);
    d.key("flash", &Options::flash, "room");
    d.key("window", &Options::window, "of one frame");
    d.key("epochs", &Options::epochs, "when");
    d.key("every", &Options::every, "how often");
    d.key("kernel", &Options::kernel, "window").range(1, 16);
    d.key("model", &Options::model, "file");
    d.key("part", &Options::part, "somebody else's");
  }
};

struct Strict {
  double weight = 0;
  static void describe(Describe<Strict>& d) { d.key("weight", &Strict::weight, "of the loss").must(); }
};

struct Read {
  Options options;
  std::vector<Problem> problems;
};
Read read(const std::string& yaml) {
  Read result;
  result.options = read_options<Options>(parse(yaml, "recipes/r.yaml"), "distill", result.problems, {"type"});
  return result;
}
std::string problem(const std::string& yaml) {
  const auto result = read(yaml);
  CHECK(result.problems.size() == 1);
  return result.problems.empty() ? "" : result.problems[0].text;
}
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the range of a list holds for every item") {
  CHECK(read("betas: [0, 1]").problems.empty());
  CHECK(read("betas: []").problems.empty());
  CHECK(problem("betas: [0.5, 1.5]") == "betas in distill must be 0 to 1, not [0.5, 1.5]");
  CHECK(problem("betas: [-1, 0.5]") == "betas in distill must be 0 to 1, not [-1, 0.5]");
}

TEST_CASE("options read every type with its unit") {
  const auto [o, problems] = read(
      "{type: x, temperature: 2.5, steps: 1e2, nesterov: true, loss: mse, betas: [0.5, 1], flash: 64 KiB, window: 1.5 "
      "s, epochs: [0.5, 3], every: 50 steps, kernel: [3, 2], model: ../m.yaml, part: {a: [1]}}");
  REQUIRE(problems.empty());
  CHECK(o.temperature == 2.5);
  CHECK(o.steps == 100);
  CHECK(o.nesterov);
  CHECK(o.loss == "mse");
  CHECK(o.betas == std::vector<double>{0.5, 1});
  CHECK(o.flash.count == 65536);
  CHECK(o.window.value == 1500);
  CHECK(o.epochs.start == 0.5);
  CHECK(o.epochs.end == 3);
  CHECK(o.every.amount == 50);
  CHECK_FALSE(o.every.epochs);
  CHECK(o.kernel.height == 3);
  CHECK(o.kernel.width == 2);
  CHECK(o.model.text == "m.yaml");
  CHECK(o.part.value.find("a")->is_list());
}

TEST_CASE("several mistakes are reported at once, each with its place") {
  const auto problems = read("temprature: 2\nsteps: 0\nnesterov: maybe\nloss: klm\n").problems;
  REQUIRE(problems.size() == 4);
  CHECK(problems[0].origin == "recipes/r.yaml:1:13");
  CHECK(problems[0].text == "unknown key 'temprature' in distill; did you mean 'temperature'?");
  CHECK(has(problems[1].text, "1 to 1000, not 0"));
  CHECK(problems[2].origin == "recipes/r.yaml:3:11");
  CHECK(has(problems[3].text, "did you mean 'kl'?"));
}

TEST_CASE("traps of YAML are refused, not guessed") {
  CHECK(has(problem("steps: 010"), "whole number"));
  CHECK(has(problem("steps: 0x10"), "whole number"));
  CHECK(has(problem("steps: 1.5"), "whole number"));
  CHECK(has(problem("steps: '7'"), "whole number"));
  CHECK(has(problem("steps: 1_000"), "whole number"));
  CHECK(has(problem("temperature: .nan"), "NaN"));
  CHECK(has(problem("temperature: nan"), "NaN"));
  CHECK(has(problem("temperature: .inf"), "number"));
  CHECK(has(problem("temperature: inf"), "must be"));
  CHECK(has(problem("temperature: 101"), "0.1 to 100"));
  CHECK(has(problem("nesterov: yes"), "true or false"));
  CHECK(has(problem("betas: [1, x]"), "number"));
  CHECK(has(problem("betas: [1, .nan]"), "NaN"));
  CHECK(has(problem("betas: [1, nan]"), "NaN"));
  CHECK(has(problem("betas: [1, -inf]"), "number"));
  CHECK(has(problem("flash: 64 KiBi"), "KiB"));
  CHECK(has(problem("flash: -1 KiB"), "size"));
  CHECK(has(problem("window: 40 m"), "ms"));
  CHECK(has(problem("epochs: [3, 2]"), "end after it starts"));
  CHECK(has(problem("epochs: 3"), "window"));
  CHECK(has(problem("every: 50"), "steps"));
  CHECK(has(problem("every: 0 steps"), "steps"));
  CHECK(has(problem("kernel: [3, 0]"), "1 to 16"));
  CHECK(has(problem("kernel: [1, 2, 3]"), "height, width"));
  CHECK(has(problem("kernel: 17"), "1 to 16"));
}

TEST_CASE("a missing required key is named with its meaning; an empty optional one means its default") {
  std::vector<Problem> problems;
  read_options<Strict>(parse("other: 1", "r.yaml"), "kl", problems);
  REQUIRE(problems.size() == 2);
  CHECK(problems[1].text == "kl needs 'weight' (of the loss)");
  CHECK(problems[1].origin == "r.yaml:1:1");
  CHECK(read("temperature:\nsteps: null").problems.empty());
  problems.clear();
  read_options<Strict>(parse("- 1", "r.yaml"), "kl", problems);
  CHECK(has(problems.at(0).text, "map of keys"));
}

TEST_CASE("what is resolved reads back to the same options") {
  auto [options, problems] = read(
      "{temperature: 0.1, flash: 1.5 KiB, every: 0.5 epochs, epochs: [0, 1.5], kernel: 3, betas: [1e-5], loss: mse, "
      "part: [a, 'b']}");
  REQUIRE(problems.empty());
  const auto text = resolved_options(options).yaml();
  const auto again = read_options<Options>(parse(text, "x.yaml"), "again", problems);
  CHECK(problems.empty());
  CHECK(resolved_options(again).dump() == resolved_options(options).dump());
  CHECK(again.every.epochs);
  CHECK(again.flash.count == 1536);
  const auto defaults = read_options<Options>(resolved_options(Options{}), "defaults", problems);
  CHECK(problems.empty());
  CHECK(resolved_options(defaults).dump() == resolved_options(Options{}).dump());
}

TEST_CASE("help names every key with default, range, unit and choices") {
  const auto help = fields_of<Options>().help();
  CHECK(has(help, "temperature"));
  CHECK(has(help, "0.1 to 100; K; default 4"));
  CHECK(has(help, "kl | mse"));
  CHECK(has(fields_of<Strict>().help(), "required"));
  CHECK(fields_of<Options>().paper == "nobody 2000");
}
