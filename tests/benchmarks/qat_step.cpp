// One training step of DS-CNN-S as the trainer takes it, for qat_step.py, which lets it take turns with PyTorch.
//   qat_step MODEL [TEACHER] [--threads N] [--dropout]
// With TEACHER, a model file, the student is distilled from that network too, which runs in every step. Answers each
// line "N" on standard input with the milliseconds of N steps in a row, a JSON list on one line; ends with the input.
#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "graph/model_file.h"
#include "passes/rewrite.h"
#include "pipeline/components.h"
#include "schema/document.h"
#include "training/loop.h"

namespace espalier {
namespace {

constexpr std::int64_t batch_size = 100;

/// Noise in the shape of the keyword-spotting features: the time of a step does not depend on it.
class Noise final : public datasets::Dataset {
 public:
  Noise() : values_(static_cast<std::size_t>(samples * elements)) {
    Random random(1, "benchmark");
    for (auto& value : values_) value = static_cast<float>(random.normal());
  }
  const std::vector<std::int64_t>& shape() const override { return shape_; }
  const std::vector<std::string>& classes() const override { return classes_; }
  std::int64_t size(datasets::Split) const override { return samples; }
  std::int64_t label(datasets::Split, std::int64_t index) const override { return index % 12; }
  std::string id(datasets::Split, std::int64_t index) const override { return std::to_string(index); }
  void features(datasets::Split, std::int64_t index, datasets::View, std::span<float> out) const override {
    std::copy_n(values_.begin() + index * elements, elements, out.begin());
  }
  std::int64_t views() const override { return 0; }  // so that no teacher's answer is cached
  std::vector<float> features_of_file(const std::string&) const override { return {}; }
  Json front_end() const override { return Json::map(); }
  std::string summary() const override { return "noise"; }

 private:
  static constexpr std::int64_t samples = 10 * batch_size, elements = 49 * 10;
  std::vector<std::int64_t> shape_ = {1, 49, 10};
  std::vector<std::string> classes_ = std::vector<std::string>(12, "class");
  std::vector<float> values_;
};

struct Arguments {
  std::string model, teacher;
  int threads = 2;
  bool dropout = false;
};

Arguments read_arguments(int count, char** words) {
  Arguments all;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--threads" && i + 1 < count)
      all.threads = std::stoi(words[++i]);
    else if (word == "--dropout")
      all.dropout = true;
    else
      (all.model.empty() ? all.model : all.teacher) = word;
  }
  if (all.model.empty()) mistake("qat_step", "needs a model file");
  return all;
}

graph::Network network_of(const std::string& file, const Noise& data, bool dropout) {
  auto network = graph::load_model(file, graph::standard_operators(),
                                   {data.shape(), static_cast<std::int64_t>(data.classes().size())});
  if (!dropout) network = passes::remove_dropout(network).network;
  graph::initialize(network, 1);
  return network;
}

template <class Product>
std::shared_ptr<Product> component(const std::string& kind, const std::string& yaml) {
  std::vector<Problem> problems;
  auto product = pipeline::all_components().make<Product>(kind, schema::parse(yaml, "qat_step"), problems);
  refuse(problems);
  return product;
}

training::Scheduled scheduled(const std::string& name, const std::string& yaml, int teacher) {
  training::Scheduled entry;
  entry.name = name;
  entry.modifier = component<compression::Modifier>("modifier", yaml);
  entry.teacher = teacher;
  return entry;
}

/// Times the steps, and waits between turns.
class Turns {
 public:
  struct Over {};

  void step_done() {
    const auto now = Clock::now();
    if (started_) milliseconds_.push_back(std::chrono::duration<double, std::milli>(now - last_).count());
    started_ = true;
    while (milliseconds_.size() >= wanted_) {
      if (wanted_ > 0) answer();
      if (std::string line; !std::getline(std::cin, line))
        throw Over{};
      else
        wanted_ = std::stoul(line);
    }
    last_ = Clock::now();
  }

 private:
  using Clock = std::chrono::steady_clock;
  void answer() {
    std::printf("[");
    for (std::size_t i = 0; i < milliseconds_.size(); ++i) std::printf("%s%.3f", i ? ", " : "", milliseconds_[i]);
    std::printf("]\n");
    std::fflush(stdout);
    milliseconds_.clear();
    wanted_ = 0;
  }

  bool started_ = false;
  std::size_t wanted_ = 0;
  Clock::time_point last_;
  std::vector<double> milliseconds_;
};

void run(const Arguments& arguments) {
  at::set_num_threads(arguments.threads);
  const Noise data;
  Turns turns;
  training::Job job;
  job.data = &data;
  job.loss = component<training::Loss>("loss", "cross_entropy");
  job.options.epochs = 100000;
  job.options.batch_size = batch_size;
  job.options.workers = 0;
  job.optimizer = component<training::Optimizer>("optimizer", "adam");
  job.schedule = component<training::LearningRateSchedule>("lr_schedule", "constant");
  job.timeline.push_back(scheduled("quantize", "quantize", -1));
  if (!arguments.teacher.empty()) {
    const auto teacher = network_of(arguments.teacher, data, false);
    job.teachers.push_back(training::network_teacher(teacher, {}, at::kCPU));
    job.timeline.push_back(scheduled("distill", "{type: distill, teacher: same}", 0));
  }
  job.listeners.step = [&](std::int64_t, double, double) { turns.step_done(); };
  training::train(job, network_of(arguments.model, data, arguments.dropout));
}

}  // namespace
}  // namespace espalier

int main(int count, char** words) {
  try {
    espalier::run(espalier::read_arguments(count, words));
  } catch (const espalier::Turns::Over&) {
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "qat_step: %s\n", error.what());
    return 1;
  }
}
