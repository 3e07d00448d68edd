// A layer of the student learns to be like a layer of the teacher: minimised += weight * loss(adaptor(student),
// teacher).
//
// adaptor conv1x1: a 1x1 convolution [teacher's channels, student's channels], trained beside the student and thrown
// away, maps the student's features onto the teacher's. adaptor none: features are compared as they are. Maps of
// different height and width are brought to the smaller of both by adaptive average pooling. Layers without height and
// width are maps of 1x1. Romero et al. 2015, "FitNets: hints for thin deep nets", arXiv:1412.6550.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "base/text.h"
#include "compression/modifier.h"
#include "distillation/loss.h"
#include "schema/readers.h"
#include "schema/registry.h"

namespace espalier::distillation::hint {

using compression::Follow, compression::Model, compression::Step;

struct Options {
  schema::Part teacher, loss;
  std::string student_layer, teacher_layer, adaptor = "conv1x1";
  double weight = 1;
  static void describe(schema::Describe<Options>& d) {
    d.about("a layer learns from a teacher's layer", "Romero et al. 2015, arXiv:1412.6550");
    d.key("teacher", &Options::teacher, "the network to learn from: a map that says how it is made, or `same`").must();
    d.key("student_layer", &Options::student_layer, "layer of the student whose output learns").must();
    d.key("teacher_layer", &Options::teacher_layer, "layer of the teacher whose output it learns from").must();
    d.key("loss", &Options::loss, "how the outputs are compared (kind hint_loss); by default {type: mse}");
    d.key("adaptor", &Options::adaptor, "what maps the student's channels onto the teacher's")
        .one_of({"conv1x1", "none"});
    d.key("weight", &Options::weight, "of the hint; the other losses keep theirs").range(0, 1e6);
  }
};

/// [N, C, H, W] of [N, C].
at::Tensor as_map(const at::Tensor& features) {
  return features.dim() == 2 ? features.unsqueeze(2).unsqueeze(3) : features;
}

at::Tensor pooled_to(const at::Tensor& map, std::int64_t height, std::int64_t width) {
  return map.size(2) == height && map.size(3) == width ? map : at::adaptive_avg_pool2d(map, {height, width});
}

/// The tensor and axis that are cut when a channel of `layer` is removed; none behind concat and flatten.
std::vector<Follow> channels_of(const graph::Network& network, std::string layer) {
  for (const graph::Node* node = network.find(layer); node; node = network.find(node->inputs[0])) {
    for (const auto& slot : network.slots(*node))
      if (slot.out_axis >= 0) return {{1, concat(node->name, ".", slot.name), slot.out_axis}};
    const auto channels = node->op->channels;
    if (channels != graph::Channels::pass && channels != graph::Channels::tie) break;
  }
  return {};
}

/// Normal with variance 1 / channels read, as [out, in, 1, 1].
at::Tensor random_map(std::int64_t out, std::int64_t in, const std::string& name, const at::TensorOptions& options) {
  Random random(1, name);
  auto weight = at::empty({out, in, 1, 1}, at::kDouble);
  for (std::int64_t i = 0; i < weight.numel(); ++i)
    weight.data_ptr<double>()[i] = random.normal() / std::sqrt(static_cast<double>(in));
  return weight.to(options);
}

class Hint : public compression::Modifier {
 public:
  Hint(Options options, std::shared_ptr<HintLoss> loss) : options_(std::move(options)), loss_(std::move(loss)) {}

  compression::Needs needs() const override {
    return {.activations = {options_.student_layer}, .teacher_activations = {options_.teacher_layer}, .teacher = true};
  }

  void check(const graph::Network& student, const schema::Value& value, double, double, double,
             std::vector<Problem>& problems) const override {
    if (student.find(options_.student_layer)) return;
    std::vector<std::string> names;
    for (const auto& node : student.nodes) names.push_back(node.name);
    const auto* written = value.find("student_layer");
    problems.push_back(
        {(written ? *written : value).origin().text(), concat("the student has no layer '", options_.student_layer, "'",
                                                              did_you_mean(options_.student_layer, names))});
  }

  void loss(Model& model, Step& step) override {
    auto student = as_map(step.activation(options_.student_layer));
    auto teacher = as_map(step.teacher(options_.teacher_layer));
    if (options_.adaptor == "conv1x1") {
      // Made at the first step, when the teacher's channels are known.
      student = at::conv2d(student, adaptor(model, teacher.size(1), student));
    } else if (loss_->compares_channels() && student.size(1) != teacher.size(1)) {
      fail(concat("hint: '", options_.student_layer, "' has ", student.size(1), " channels and the teacher's '",
                  options_.teacher_layer, "' has ", teacher.size(1), "; use `adaptor: conv1x1`"));
    }
    const auto height = std::min(student.size(2), teacher.size(2)), width = std::min(student.size(3), teacher.size(3));
    step.losses.push_back(
        {"hint", loss_->value(pooled_to(student, height, width), pooled_to(teacher, height, width)), options_.weight});
  }

 private:
  at::Tensor adaptor(Model& model, std::int64_t out, const at::Tensor& student) const {
    const auto name = concat("hint.", options_.student_layer, "-", options_.teacher_layer);
    const auto make = [&] { return random_map(out, student.size(1), name, student.options()); };
    const auto weight =
        model.own(name, make, compression::Treatment::weights, channels_of(model.network(), options_.student_layer));
    if (weight.size(0) != out || weight.size(1) != student.size(1))
      fail(concat("hint: the adaptor of '", options_.student_layer, "' maps ", weight.size(1), " channels to ",
                  weight.size(0), ", but now ", student.size(1), " come in and ", out,
                  " are wanted; hints on a layer behind concat cannot outlive the removal of its channels"));
    return weight;
  }

  Options options_;
  std::shared_ptr<HintLoss> loss_;
};

std::unique_ptr<Hint> build(const Options& options, const schema::Registry& registry, std::vector<Problem>& problems) {
  const auto& given = options.loss.value;
  auto loss = registry.make<HintLoss>("hint_loss",
                                      given.is_null() ? schema::Value::scalar("mse", given.origin()) : given, problems);
  return loss ? std::make_unique<Hint>(options, std::move(loss)) : nullptr;
}

void enlist(schema::Registry& registry) { registry.add<compression::Modifier, Options>("modifier", "hint", build); }

}  // namespace espalier::distillation::hint
