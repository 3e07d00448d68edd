#include <ATen/ATen.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "catch.h"
#include "graph/model_file.h"
#include "schema/document.h"
#include "training/checkpoint.h"
#include "training/evaluation.h"
#include "training/loop.h"
#include "training/made.h"
#include "training/toy_data.h"

using namespace espalier;

namespace {

graph::Network small_network() {
  std::vector<Problem> problems;
  auto network = graph::read_model(
      schema::parse("layers:\n"
                    "  - {type: conv2d, name: stem, out: 6, kernel: 3, padding: same}\n  - batch_norm\n  - relu\n"
                    "  - {type: dropout, p: 0.1}\n  - {type: depthwise_conv2d, name: dw, kernel: 3, stride: 2, "
                    "padding: same}\n  - batch_norm\n  - relu\n"
                    "  - {type: flatten, name: flat}\n  - {type: linear, name: head, out: classes}\n",
                    "small.yaml"),
      graph::standard_operators(), {{1, 9, 6}, 3}, problems);
  refuse(problems);
  graph::initialize(network, 3);
  return network;
}

training::Job job_for(const datasets::Dataset& data, std::int64_t epochs) {
  training::Job job;
  job.data = &data;
  job.loss = training::made<training::Loss>("loss", "cross_entropy");
  job.options.epochs = epochs;
  job.options.batch_size = 20;
  job.options.workers = 1;
  job.optimizer = training::made<training::Optimizer>("optimizer", "{type: adam, lr: 0.01}");
  job.schedule = training::made<training::LearningRateSchedule>("lr_schedule", "cosine");
  job.content = "this";
  return job;
}

std::filesystem::path scratch(const std::string& name) {
  const auto path = std::filesystem::temp_directory_path() / ("espalier_" + name + "_" + std::to_string(::getpid()));
  std::filesystem::remove_all(path);
  return path;
}

/// Masks a third of the stem half way, keeps an average of the head, and counts what it is told.
struct Probe final : compression::Modifier {
  std::vector<std::string> heard;
  double last_window = -1;
  void open(compression::Model& model, bool resumed) override {
    heard.push_back(resumed ? "resumed" : "open");
    model.own(
        "probe.head", [&] { return model.parameter("head.weight").detach().clone(); }, compression::Treatment::frozen);
  }
  void loss(compression::Model& model, compression::Step& step) override {
    step.losses.push_back({"decay", model.parameter("head.weight").square().sum(), 1e-4});
  }
  void after_step(compression::Model& model, compression::Step& step) override {
    last_window = step.window;
    model.parameter("probe.head").lerp_(model.parameter("head.weight").detach(), 0.1);
    if (step.window >= 0.5 && !model.mask("stem.weight").defined()) {
      auto keep = at::ones({6, 1, 3, 3}, at::kBool);
      keep.narrow(0, 0, 2).fill_(false);
      model.set_mask("stem.weight", keep);
    }
  }
  void close(compression::Model&) override { heard.push_back("close"); }
};

training::Scheduled during(std::shared_ptr<compression::Modifier> modifier, double start, double end) {
  training::Scheduled entry;
  entry.name = "probe";
  entry.modifier = std::move(modifier);
  entry.start = start;
  entry.end = end;
  return entry;
}

/// The toy data with 110 samples of class 0 and five of each other.
class Lopsided final : public datasets::Dataset {
 public:
  const std::vector<std::int64_t>& shape() const override { return toy_.shape(); }
  const std::vector<std::string>& classes() const override { return toy_.classes(); }
  std::int64_t size(datasets::Split split) const override { return toy_.size(split); }
  std::int64_t label(datasets::Split split, std::int64_t index) const override { return toy_.label(split, at(index)); }
  void features(datasets::Split split, std::int64_t index, datasets::View view, std::span<float> out) const override {
    toy_.features(split, at(index), view, out);
  }

 private:
  static std::int64_t at(std::int64_t index) { return index < 110 ? 3 * index : 3 * index + 1 + index % 2; }
  training::ToyData toy_;
};

bool same(const graph::Network& a, const graph::Network& b) {
  return a.weights == b.weights && a.masks == b.masks && a.encodings == b.encodings;
}

}  // namespace

TEST_CASE("training learns the toy data") {
  const training::ToyData data;
  const auto job = job_for(data, 12);
  const auto model = training::train(job, small_network());
  CHECK(training::evaluate(model->live(), data, datasets::Split::test, false, 1).accuracy() > 0.9);
}

TEST_CASE("the same job gives the same bits, another seed others") {
  const training::ToyData data;
  auto job = job_for(data, 2);
  const auto first = training::train(job, small_network())->captured(),
             again = training::train(job, small_network())->captured();
  CHECK(same(first, again));
  job.seed = 2;
  CHECK_FALSE(same(first, training::train(job, small_network())->captured()));
}

TEST_CASE("windows open and close where they say, and reach exactly one") {
  const training::ToyData data;
  auto job = job_for(data, 4);
  const auto probe = std::make_shared<Probe>();
  job.timeline = {during(probe, 1, 3)};
  const auto model = training::train(job, small_network());
  CHECK(probe->heard == std::vector<std::string>{"open", "close"});
  CHECK(probe->last_window == 1.0);
  const auto captured = model->captured();
  REQUIRE(captured.masks.count("stem.weight"));
  // The mask outlives the modifier's window.
  for (std::size_t i = 0; i < 18; ++i) CHECK(captured.weights.at("stem.weight").floats()[i] == 0.0f);
}

TEST_CASE("stopped anywhere and resumed, training ends with the same bits") {
  const training::ToyData data;
  const auto folder = scratch("resume");
  auto whole_job = job_for(data, 5);
  whole_job.timeline = {during(std::make_shared<Probe>(), 1, 5)};
  const auto whole = training::train(whole_job, small_network());
  // Thrown out of the loop as a kill would be, at several steps; what counts is the last checkpoint.
  for (const std::int64_t killed : {1, 6, 13, 20, 29}) {
    auto job = whole_job;
    job.timeline = {during(std::make_shared<Probe>(), 1, 5)};
    job.checkpoint = folder / "train.safetensors";
    std::filesystem::remove(job.checkpoint);
    struct Killed {};
    job.listeners.step = [&](std::int64_t step, double, double) {
      if (step == killed) throw Killed{};
    };
    CHECK_THROWS_AS(training::train(job, small_network()), Killed);
    job.listeners.step = nullptr;
    job.resume = true;
    const auto probe = std::make_shared<Probe>();
    job.timeline = {during(probe, 1, 5)};
    const auto resumed = training::train(job, small_network());
    INFO("killed after step " << killed);
    CHECK(same(whole->captured(), resumed->captured()));
    CHECK((nn::to_host(whole->parameter("probe.head")) == nn::to_host(resumed->parameter("probe.head"))));
  }
  std::filesystem::remove_all(folder);
}

TEST_CASE(
    "rare classes that are drawn more often: resumed, by any number of workers, training ends with the same bits") {
  const Lopsided data;
  const auto folder = scratch("balance");
  auto job = job_for(data, 3);
  const auto as_they_are = training::train(job, small_network());
  job.options.class_balance = 1;
  const auto whole = training::train(job, small_network());
  CHECK_FALSE(same(whole->captured(), as_they_are->captured()));
  job.options.workers = job.options.workers == 0 ? 2 : 0;
  job.checkpoint = folder / "train.safetensors";
  struct Killed {};
  job.listeners.step = [](std::int64_t step, double, double) {
    if (step == 15) throw Killed{};
  };
  CHECK_THROWS_AS(training::train(job, small_network()), Killed);
  job.listeners.step = nullptr;
  job.resume = true;
  CHECK(same(whole->captured(), training::train(job, small_network())->captured()));
  std::filesystem::remove_all(folder);
}

TEST_CASE("a loss that is not finite stops with the step and the last good checkpoint") {
  const training::ToyData data;
  const auto folder = scratch("nan");
  auto job = job_for(data, 3);
  job.checkpoint = folder / "train.safetensors";
  struct Poison final : compression::Modifier {
    void loss(compression::Model&, compression::Step& step) override {
      if (step.index == 8) step.losses[0].value = step.losses[0].value * NAN;
    }
  };
  job.timeline = {during(std::make_shared<Poison>(), 0, 3)};
  try {
    training::train(job, small_network());
    FAIL("nothing was thrown");
  } catch (const Error& e) {
    const std::string text = e.what();
    CHECK(text.find("step 8") != std::string::npos);
    CHECK(text.find("train.safetensors") != std::string::npos);
    CHECK(e.code() == Exit::failed);
  }
  std::filesystem::remove_all(folder);
}

TEST_CASE("a checkpoint of another training, a damaged and an empty one are refused by name") {
  const training::ToyData data;
  const auto folder = scratch("foreign");
  auto job = job_for(data, 1);
  job.checkpoint = folder / "train.safetensors";
  training::train(job, small_network());
  job.resume = true;
  job.content = "another";
  const auto refused = [&](const char* expected) {
    try {
      training::train(job, small_network());
      FAIL("nothing was thrown");
    } catch (const Error& e) {
      CHECK(e.code() == Exit::mistake);
      CHECK(std::string(e.what()).find("train.safetensors") != std::string::npos);
      INFO(e.what());
      CHECK(std::string(e.what()).find(expected) != std::string::npos);
    }
  };
  refused("another recipe");
  job.content = "this";
  auto bytes = read_bytes(job.checkpoint);
  bytes.resize(bytes.size() / 2);
  write_atomically(job.checkpoint, bytes);
  refused("");
  write_atomically(job.checkpoint, std::string());
  refused("");
  std::filesystem::remove_all(folder);
}

TEST_CASE("early stopping goes back to the best weights") {
  const training::ToyData data;
  auto job = job_for(data, 10);
  job.early_stop.patience = 2;
  std::vector<graph::Network> seen;
  job.validate = [&](training::TrainedModel& model, std::int64_t epoch) {
    seen.push_back(model.captured());
    return training::Measured{{"validation.accuracy", epoch == 1 ? 0.9 : 0.5}};
  };
  const auto model = training::train(job, small_network());
  CHECK(seen.size() == 4);
  CHECK((model->captured().weights == seen[1].weights));
}

TEST_CASE("a batch larger than the data is refused") {
  const training::ToyData data(10);
  CHECK_THROWS_AS(training::train(job_for(data, 1), small_network()), Error);
}

TEST_CASE("a teacher's cached logits do not depend on which samples were asked first") {
  const training::ToyData data(120, 2);
  const auto teacher = training::network_teacher(small_network(), {}, at::Device(at::kCPU));
  training::LogitsCache first(*teacher, data, 32, 1, 1), second(*teacher, data, 32, 1, 1);
  const auto a = first.logits({5, 70}, 3, true);
  second.logits({1, 2, 3}, 3, true);
  CHECK(a.equal(second.logits({5, 70}, 5, true)));
  CHECK_FALSE(a.equal(second.logits({5, 70}, 4, true)));
}
