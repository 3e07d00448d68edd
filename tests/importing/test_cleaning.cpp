#include "importing/cleaning.h"

#include "base/random.h"
#include "base/text.h"
#include "catch.h"
#include "naive_draft.h"

using namespace espalier;
using namespace espalier::importing;

namespace {

Tensor random_tensor(Shape shape, Random& random) {
  std::vector<float> values(static_cast<std::size_t>(graph::elements(shape)));
  for (auto& value : values) value = static_cast<float>(random.uniform(-1, 1));
  return Tensor::of(std::move(shape), values);
}

/// A chain of random steps over an image, now and then with what the passes look for.
class RandomDraft {
 public:
  explicit RandomDraft(std::uint64_t seed) : random_(seed, "draft", 0, 0) {
    draft_.input = "in";
    draft_.input_shape = {1, 1 + pick(4), 3 + pick(4), 3 + pick(4)};
    last_ = "in";
    shape_ = draft_.input_shape;
  }

  Draft make() {
    for (auto left = 4 + pick(6); left-- > 0;) add_one();
    const auto order = shuffled();
    if (pick(2)) add(Permute{order});
    add(Reshape{{1, -1}});
    add(FullyConnected{random_tensor({3, shape_[1]}, random_), random_tensor({3}, random_)});
    draft_.output = last_;
    return std::move(draft_);
  }

 private:
  std::int64_t pick(std::uint32_t below) { return random_.below(below); }
  Numbers shuffled() {
    Numbers order = {1, 2, 3};
    for (std::size_t i = 3; i-- > 1;)
      std::swap(order[i], order[static_cast<std::size_t>(pick(static_cast<std::uint32_t>(i + 1)))]);
    order.insert(order.begin(), 0);
    return order;
  }

  void add(Operation operation, std::vector<std::string> inputs = {}) {
    Step step{"v" + std::to_string(draft_.steps.size()), std::move(operation), std::move(inputs), {}, "here"};
    if (step.inputs.empty()) step.inputs = {last_};
    last_ = step.output;
    draft_.steps.push_back(std::move(step));
    std::vector<Problem> problems;
    infer_shapes(draft_, problems);
    REQUIRE(problems.empty());
    shape_ = draft_.steps.back().shape;
  }

  void add_one() {
    switch (pick(12)) {
      case 0:
        return add(Identity{});
      case 1:
        return pick(2) ? add(Clamp{-0.5, 0.7}) : pick(2) ? add(Sigmoid{}) : pick(2) ? add(HardSigmoid{}) : add(Silu{});
      case 2:
        return add(Permute{shuffled()});
      case 3:
        return add(Pad{{0, 0, pick(2), 1}, {0, 0, 2, pick(3)}, pick(3) ? 0.0 : 1.5});
      case 4: {
        const auto out = 1 + pick(4);
        return add(Convolution{random_tensor({out, shape_[1], 2, 2}, random_),
                               random_tensor({out}, random_),
                               {1, 2},
                               {1, 0},
                               {0, 1},
                               {1, 1},
                               1});
      }
      case 5: {
        const auto c = shape_[1];
        auto variance = random_tensor({c}, random_);
        for (auto& v : variance.floats()) v = 1.5f + v;
        return add(BatchNormalization{random_tensor({c}, random_), random_tensor({c}, random_),
                                      random_tensor({c}, random_), variance, 1e-3});
      }
      case 6: {
        const auto before = last_;
        add(Clamp{0, 6});
        return add(Sum{}, {before, last_});
      }
      case 7:
        return add_maximum();
      case 8:
        return add_padded_average();
      case 9:
        return add_spelt_out();
      case 10: {
        const auto before = last_;
        add(Mean{{2, 3}, true});
        return add(Product{}, {last_, before});
      }
      default:
        return add(DropoutNoise{pick(2) ? 0.0 : 0.5});
    }
  }

  /// Windows that all hold an element: there is less padding than kernel.
  void add_maximum() {
    if (pick(2)) add(Pad{{0, 0, 1, 0}, {0, 0, pick(2), 1}, -HUGE_VAL});
    const Numbers kernel = {std::min<std::int64_t>(2, shape_[2]), std::min<std::int64_t>(2, shape_[3])};
    add(Pool{true, kernel, {1, 1 + pick(2)}, {0, 0}, {0, 0}, false, false});
  }
  /// Or nearly.
  void add_spelt_out() {
    const auto x = last_;
    if (pick(2)) {
      if (pick(2)) {
        add(HardSigmoid{});
        return pick(2) ? add(Product{}, {x, last_}) : add(Product{}, {last_, x});
      }
      add(Affine{1, 3});
      add(Clamp{0, 6});
      pick(2) ? add(Product{}, {x, last_}) : add(Product{}, {last_, x});
      return add(Affine{1.0 / 6, 0});
    }
    if (pick(2)) {
      add(Affine{pick(2) ? 1.0 / 6 : 0.2, 0});
      add(Affine{1, 0.5});
      return add(Clamp{0, 1});
    }
    add(Affine{1, pick(3) ? 3.0 : 2.0});
    add(Clamp{0, 6});
    add(Affine{1.0 / 6, 0});
  }
  void add_padded_average() {
    const auto source = last_;
    const Pad pad{{0, 0, 1, 0}, {0, 0, pick(2), 1}, 0};
    const Pool pool{false, {2, 2}, {1, 1 + pick(2)}, {0, 0}, {0, 0}, false, false};
    add(pad);
    add(pool);
    const auto sums = last_;
    add(Ones{}, {source});
    add(pad);
    add(pool);
    add(Quotient{}, {sums, last_});
  }

  Random random_;
  Draft draft_;
  std::string last_;
  Shape shape_;
};

testing::Values input_for(const Draft& draft, std::uint64_t seed) {
  Random random(seed, "input", 0, 0);
  const auto tensor = random_tensor(draft.input_shape, random);
  return {draft.input_shape, testing::numbers_of(tensor)};
}

std::string text_of(const Draft& draft) {
  std::string text;
  for (const auto& step : draft.steps)
    text += concat(step.output, " = ", name_of(step.operation), "(", join(step.inputs, ", "), ")\n");
  return text;
}

void check_same(const Draft& before, const Draft& after, std::uint64_t seed,
                void (*pass)(Draft&, std::vector<std::string>&)) {
  const auto wanted = testing::evaluate(before, input_for(before, seed)).numbers;
  auto input = input_for(before, seed);
  if (pass == absorb_input_layout && after.steps.size() != before.steps.size()) {  // the first step, done by hand
    const std::vector<const testing::Values*> in = {&input};
    const auto first = before.readers(before.input).front();
    input = std::visit(testing::NaiveRule{in, first->shape}, first->operation);
  }
  const auto given = testing::evaluate(after, input).numbers;
  REQUIRE(given.size() == wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(given[i] == Approx(wanted[i]).margin(1e-4));
}

}  // namespace

TEST_CASE("every pass keeps what random drafts compute") {
  std::map<std::string, int> changed;
  for (std::uint64_t seed = 0; seed < 150; ++seed)
    for (const auto& pass : passes()) {
      INFO("seed " << seed << ", pass " << pass.name);
      const auto before = RandomDraft(seed).make();
      auto after = before;
      std::vector<std::string> notes;
      std::vector<Problem> problems;
      pass.run(after, notes);
      infer_shapes(after, problems);
      REQUIRE(problems.empty());
      changed[pass.name] += text_of(after) != text_of(before);
      check_same(before, after, seed, pass.run);
    }
  for (const char* name : {"drop_identities", "fold_padding", "fold_padding_count", "absorb_input_layout",
                           "join_affines", "fold_hard_sigmoid", "fold_hard_swish", "fold_affine"})
    CHECK(changed[name] > 5);
}

TEST_CASE("a draft is cleaned up to the most steps, and refused beyond") {
  Draft draft{"long.pt", "in", "v0", {1, 4}, {{"v0", Clamp{0, 6}, {"in"}, "", ""}}};
  for (std::size_t i = 1; i < most_steps; ++i)
    draft.steps.push_back({concat("v", i), Clamp{0, 6}, {concat("v", i - 1)}, "", ""});
  draft.output = draft.steps.back().output;
  std::vector<std::string> notes;
  std::vector<Problem> problems;
  clean(draft, notes, problems);
  CHECK(problems.empty());
  draft.steps.push_back({"last", Clamp{0, 6}, {draft.output}, "", ""});
  clean(draft, notes, problems);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].text.find("5001 operations") != std::string::npos);
}

TEST_CASE("a softmax inside stays, one at the end goes with a note") {
  Draft draft{"d", "in", "b", {1, 4}, {}};
  draft.steps = {{"a", Softmax{}, {"in"}, "", ""}, {"b", Softmax{}, {"a"}, "", ""}};
  std::vector<std::string> notes;
  std::vector<Problem> problems;
  infer_shapes(draft, problems);
  drop_final_softmax(draft, notes);
  CHECK(draft.output == "a");
  CHECK(draft.steps.size() == 1);
  CHECK(notes.size() == 1);
}

TEST_CASE("permutations that undo each other disappear, also around clamps") {
  Draft draft{"d", "in", "e", {1, 2, 3, 4}, {}};
  draft.steps = {{"a", Clamp{-9, 9}, {"in"}, "", ""},
                 {"b", Permute{{0, 2, 3, 1}}, {"a"}, "", ""},
                 {"c", Clamp{0, 6}, {"b"}, "", ""},
                 {"d", DropoutNoise{0.5}, {"c"}, "", ""},
                 {"e", Permute{{0, 3, 1, 2}}, {"d"}, "", ""}};
  std::vector<std::string> notes;
  std::vector<Problem> problems;
  clean(draft, notes, problems);
  REQUIRE(problems.empty());
  CHECK(draft.steps.size() == 3);
  CHECK(draft.shape_of(draft.output) == Shape{1, 2, 3, 4});
  for (const auto& step : draft.steps) CHECK_FALSE(std::holds_alternative<Permute>(step.operation));
}
