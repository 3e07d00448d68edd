#include <ATen/ATen.h>

#include <algorithm>
#include <set>

#include "catch.h"
#include "compression/fake_model.h"

namespace espalier::weight_sharing {
void enlist(schema::Registry& registry);
}

using namespace espalier;
using compression::Modifier;

static const std::string small = R"(
name: small
layers:
  - { type: conv2d, name: stem, out: 12, kernel: 3 }
  - { type: batch_norm, name: norm }
  - relu
  - flatten
  - { type: linear, name: head, out: classes }
)";

static std::shared_ptr<Modifier> share(const std::string& yaml) {
  schema::Registry registry;
  weight_sharing::enlist(registry);
  return testing::make<Modifier>(registry, "modifier", yaml);
}

static std::vector<float> codes_of(const testing::FakeModel& model, const std::string& weight) {
  const auto codes = model.encodings.at(weight).codes.contiguous();
  return {codes.const_data_ptr<float>(), codes.const_data_ptr<float>() + codes.numel()};
}

static testing::FakeStep step_at(std::int64_t index, double window) {
  testing::FakeStep step;
  step.index = index;
  step.steps_per_epoch = 10;
  step.epoch = static_cast<double>(index) / 10;
  step.window = window;
  return step;
}

static std::vector<Problem> problems_of(const std::string& yaml, double start, double end) {
  std::vector<Problem> problems;
  const auto value = schema::parse(yaml, "recipe.yaml");
  share(yaml)->check(testing::network_of(small), value, start, end, 10, problems);
  return problems;
}

TEST_CASE("opening gives each layer its few codes, on symmetric scales by channel") {
  testing::FakeModel model(testing::network_of(small));
  const auto modifier = share("{type: share, codes: 5}");
  CHECK(modifier->writes() == compression::Writes::codebooks);
  modifier->open(model, false);
  CHECK(model.encodings.size() == 2);
  for (const char* weight : {"stem.weight", "head.weight"}) {
    const auto codes = codes_of(model, weight);
    CHECK(codes.size() == 5);
    CHECK(std::set<float>(codes.begin(), codes.end()).count(0) == 1);
  }
  const auto& stem = model.encodings.at("stem.weight");
  CHECK((stem.axis == 0 && stem.low == -127 && stem.high == 127));
  CHECK(at::allclose(stem.scale, model.parameter("stem.weight").detach().abs().amax({1, 2, 3}) / 127));
  CHECK(stem.signs.defined());
  CHECK(!model.encodings.at("head.weight").signs.defined());  // no batch norm behind it
}

TEST_CASE("channels whose batch norm turns them around take the negated codes") {
  testing::FakeModel model(testing::network_of(small)), turned(testing::network_of(small));
  {
    at::NoGradGuard no_grad;
    turned.parameter("norm.gamma").narrow(0, 3, 4).fill_(-1);
    turned.parameter("stem.weight").narrow(0, 3, 4).neg_();
  }
  const auto modifier = share("{type: share, codes: 6}"), other = share("{type: share, codes: 6}");
  modifier->open(model, false);
  other->open(turned, false);
  CHECK(codes_of(model, "stem.weight") == codes_of(turned, "stem.weight"));
  CHECK(turned.encodings.at("stem.weight").signs.narrow(0, 3, 4).eq(-1).all().item<bool>());
  {
    at::NoGradGuard no_grad;
    turned.parameter("norm.gamma").fill_(2);
  }
  auto step = step_at(3, 0.5);
  other->after_step(turned, step);
  CHECK(turned.encodings.at("stem.weight").signs.eq(1).all().item<bool>());
}

TEST_CASE("codes are chosen anew when it is time, and stay once frozen") {
  testing::FakeModel model(testing::network_of(small));
  const auto modifier = share("{type: share, codes: 4, every: 2 steps, freeze: 2, layers: [head]}");
  modifier->open(model, false);
  CHECK(!model.encodings.count("stem.weight"));
  const auto first = codes_of(model, "head.weight");
  {
    at::NoGradGuard no_grad;
    model.parameter("head.weight").pow_(3);
  }
  auto early = step_at(10, 0.1), due = step_at(11, 0.2), late = step_at(21, 0.6), last = step_at(13, 1);
  modifier->after_step(model, early);
  CHECK(codes_of(model, "head.weight") == first);
  modifier->after_step(model, last);  // what was validated stays
  CHECK(codes_of(model, "head.weight") == first);
  modifier->after_step(model, due);
  const auto second = codes_of(model, "head.weight");
  CHECK(second != first);
  {
    at::NoGradGuard no_grad;
    model.parameter("head.weight").abs_();
  }
  modifier->after_step(model, late);
  CHECK(codes_of(model, "head.weight") == second);
}

TEST_CASE("beside a quantizer the scales are the quantizer's; a resumed window keeps its codes") {
  testing::FakeModel model(testing::network_of(small));
  model.set_encoding("input", {at::tensor(0.1f), at::tensor(3, at::kInt)});
  for (const char* weight : {"stem.weight", "head.weight"}) {
    const auto channels = model.parameter(weight).size(0);
    model.set_encoding(weight, {at::full({channels}, 0.5f), at::zeros({channels}, at::kInt), -127, 127, 0});
  }
  const auto modifier = share("{type: share}");
  modifier->open(model, false);
  CHECK(model.encodings.at("head.weight").scale.eq(0.5f).all().item<bool>());
  const auto codes = codes_of(model, "head.weight");
  {
    at::NoGradGuard no_grad;
    model.parameter("head.weight").mul_(5);
  }
  share("{type: share}")->open(model, true);
  CHECK(codes_of(model, "head.weight") == codes);
}

TEST_CASE("what is left is known before training: as many codes, 0 among them") {
  for (const int count : {2, 3, 16, 255}) {
    const auto left = share("{type: share, codes: " + std::to_string(count) + ", layers: [head]}")
                          ->outcome(testing::network_of(small), compression::Outcome::least);
    REQUIRE(left.encodings.size() == 1);
    const auto& codes = left.encodings.at("head.weight").codes;
    const std::set<std::int32_t> distinct(codes.begin(), codes.end());
    CHECK(distinct.size() == static_cast<std::size_t>(count));
    CHECK(distinct.count(0) == 1);
    CHECK(std::is_sorted(codes.begin(), codes.end()));
    CHECK((codes.front() >= -127 && codes.back() <= 127));
  }
}

TEST_CASE("windows and selectors that cannot be meant are refused") {
  CHECK(problems_of("{type: share, codes: 8}", 5, 10).empty());
  const auto has = [](const std::vector<Problem>& problems, const std::string& text) {
    return problems.size() == 1 && problems[0].text.find(text) != std::string::npos;
  };
  CHECK(has(problems_of("{type: share}", 2, 8), "must last to the end of the training (epoch 10), not 8"));
  CHECK(has(problems_of("{type: share, freeze: 3}", 5, 10), "freeze 3 lies outside the modifier's epochs [5, 10]"));
  CHECK(has(problems_of("{type: share, layers: [hed]}", 5, 10), "'hed' matches no layer; did you mean 'head'?"));
  CHECK(has(problems_of("{type: share, ignore: ['*']}", 5, 10), "leave no layer that has weights"));
}
