// Weight sharing: every weight of a layer takes one of a few values, so that the device stores a small index for each
// and a table. The values live in code space, q = codes[index] and w = scale of the channel * q: sharing then survives
// scales by channel and the folding of batch norm, and what trains is what is exported. Codes are the optimal ones
// (codebook.h) for the weights as they are when the window opens, and again every so often; between, training moves
// weights from code to code straight through. Han, Mao and Dally 2016, "Deep Compression", arXiv:1510.00149.
//
// Beside `quantize` the scales are its; alone, the weights get symmetric scales by channel here and activations stay
// floats. Opened and closed on a trained network it is sharing after training.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "compression/modifier.h"
#include "passes/fusion.h"
#include "schema/readers.h"
#include "schema/registry.h"
#include "weight_sharing/codebook.h"

namespace espalier::weight_sharing::share {

using compression::Encoding, compression::Model, compression::Name, compression::Step;

struct Options {
  std::int64_t codes = 16;
  schema::Every every{1, true};
  double freeze = -1;
  std::vector<std::string> layers = {"*"}, ignore;
  static void describe(schema::Describe<Options>& d) {
    d.about("weights of a layer share a few values", "Han et al. 2016, arXiv:1510.00149");
    d.key("codes", &Options::codes, "values of a layer, 0 among them; 16 take an index of 4 bits").range(2, 255);
    d.key("every", &Options::every, "how often the values are chosen anew");
    d.key("freeze", &Options::freeze, "epoch of the training from which the values stay; -1: never").range(-1, 1e6);
    d.key("layers", &Options::layers, "names of the layers that share; * and ? match");
    d.key("ignore", &Options::ignore, "layers to leave alone, among those");
  }
};

/// A convolution or linear layer, and the batch norm that folds into it ("" without).
struct Layer {
  Name weight, gamma;
};

class Share : public compression::Modifier {
 public:
  explicit Share(Options options) : options_(std::move(options)) {}

  compression::Writes writes() const override { return compression::Writes::codebooks; }

  void check(const graph::Network& student, const schema::Value& value, double start, double end, double training,
             std::vector<Problem>& problems) const override {
    const auto place = [&](const char* key) { return (value.find(key) ? *value.find(key) : value).origin().text(); };
    if (end < training - 1e-9)
      problems.push_back({place("epochs"), concat("share must last to the end of the training (epoch ", training,
                                                  "), not ", end, ": weights that train on would leave their codes")});
    if (options_.freeze >= 0 && (options_.freeze < start || options_.freeze > end))
      problems.push_back({place("freeze"), concat("freeze ", options_.freeze, " lies outside the modifier's epochs [",
                                                  start, ", ", end, "]")});
    const auto before = problems.size();
    check_patterns(student, place("layers"), options_.layers, problems);
    check_patterns(student, place("ignore"), options_.ignore, problems);
    if (problems.size() == before && layers_of(student).empty())
      problems.push_back({value.origin().text(), "share: `layers` and `ignore` leave no layer that has weights"});
  }

  /// Codes that stand for those which training will choose: as many, evenly spread.
  graph::Network outcome(const graph::Network& student, compression::Outcome) const override {
    auto network = student;
    for (const auto& layer : layers_of(student)) {
      auto& encoding = network.encodings[layer.weight];
      encoding.low = -largest_code, encoding.high = largest_code, encoding.axis = 0;
      encoding.codes.clear();
      const auto others = options_.codes - 1;
      for (std::int64_t i = -(others / 2); i <= others - others / 2; ++i)
        encoding.codes.push_back(
            static_cast<std::int32_t>(i * (2 * largest_code) / std::max<std::int64_t>(1, 2 * (others - others / 2))));
    }
    return network;
  }

  void open(Model& model, bool resumed) override {
    layers_ = layers_of(model.network());
    follow(model);
    if (!resumed) choose(model);
  }

  void after_step(Model& model, Step& step) override {
    follow(model);
    if (is_due(step)) choose(model);
  }

  void rewritten(Model& model, const std::vector<passes::Cut>&) override {
    if (layers_.empty()) return;  // not open yet
    layers_ = layers_of(model.network());
    follow(model);
  }

 private:
  bool is_due(const Step& step) const {
    if (step.window >= 1 || (options_.freeze >= 0 && step.epoch >= options_.freeze)) return false;
    const double steps =
        options_.every.amount * (options_.every.epochs ? static_cast<double>(step.steps_per_epoch) : 1.0);
    return (step.index + 1) % std::max<std::int64_t>(1, std::llround(steps)) == 0;
  }

  bool selects(const std::string& layer) const {
    const auto among = [&](const std::vector<std::string>& patterns) {
      return std::any_of(patterns.begin(), patterns.end(),
                         [&](const std::string& pattern) { return glob_matches(pattern, layer); });
    };
    return among(options_.layers) && !among(options_.ignore);
  }

  std::vector<Layer> layers_of(const graph::Network& network) const {
    std::vector<Layer> layers;
    for (const auto& layer : passes::fuse(network))
      for (const auto& slot : network.slots(network.node(layer.anchor)))
        if (slot.role == graph::Role::weight && selects(layer.anchor))
          layers.push_back({concat(layer.anchor, ".", slot.name),
                            layer.batch_norm.empty() ? "" : concat(layer.batch_norm, ".gamma")});
    return layers;
  }

  static void check_patterns(const graph::Network& student, const std::string& place,
                             const std::vector<std::string>& patterns, std::vector<Problem>& problems) {
    std::vector<std::string> names;
    for (const auto& node : student.nodes) names.push_back(node.name);
    for (const auto& pattern : patterns)
      if (std::none_of(names.begin(), names.end(), [&](const auto& name) { return glob_matches(pattern, name); }))
        problems.push_back({place, concat("share: '", pattern, "' matches no layer", did_you_mean(pattern, names))});
  }

  /// What changes with every step: scales, unless a quantizer keeps them, and the signs of batch norm's factors.
  void follow(Model& model) const {
    at::NoGradGuard no_grad;
    const bool alone = !model.encoding(model.network().nodes.front().name);
    for (const auto& layer : layers_) {
      const auto* had = model.encoding(layer.weight);
      auto encoding = had && !alone ? *had : by_channel(model.parameter(layer.weight));
      if (had) encoding.codes = had->codes;
      if (!layer.gamma.empty()) encoding.signs = at::where(model.parameter(layer.gamma) < 0, -1.0, 1.0).to(at::kFloat);
      model.set_encoding(layer.weight, std::move(encoding));
    }
  }

  /// Symmetric on [-127, 127], one scale an output channel.
  static Encoding by_channel(const at::Tensor& weight) {
    const auto largest = weight.detach().abs().flatten(1).amax(1);
    const auto scale = at::where(largest > 0, largest / largest_code, at::ones_like(largest));
    return {scale, at::zeros({scale.size(0)}, scale.options().dtype(at::kInt)), -largest_code, largest_code, 0};
  }

  void choose(Model& model) const {
    for (const auto& layer : layers_) {
      auto encoding = *model.encoding(layer.weight);
      const auto codes = codebook_of(histogram(model, layer.weight, encoding), static_cast<int>(options_.codes));
      encoding.codes =
          at::tensor(at::ArrayRef<std::int32_t>(codes), at::kFloat).to(model.parameter(layer.weight).device());
      model.set_encoding(layer.weight, std::move(encoding));
    }
  }

  /// Codes of the weights, each counted by the square of its scale: errors are those of real weights.
  static Histogram histogram(Model& model, const Name& name, const Encoding& encoding) {
    at::NoGradGuard no_grad;
    const auto rows = model.parameter(name).detach().flatten(1);
    const auto scale = encoding.axis < 0 ? encoding.scale.view({1, 1}) : encoding.scale.view({-1, 1});
    auto q = (rows / scale).round().clamp(-largest_code, largest_code);
    if (encoding.signs.defined()) q = q * encoding.signs.view({-1, 1});
    const auto weight = (scale / scale.max()).square().expand_as(q).to(at::kDouble);
    const auto counts = at::bincount((q + largest_code).to(at::kLong).flatten(), weight.flatten(), 2 * largest_code + 1)
                            .cpu()
                            .contiguous();
    Histogram histogram;
    std::copy_n(counts.const_data_ptr<double>(), histogram.size(), histogram.begin());
    return histogram;
  }

  Options options_;
  std::vector<Layer> layers_;  ///< names only
};

void enlist(schema::Registry& registry) {
  registry.add<compression::Modifier, Options>(
      "modifier", "share", [](const Options& options, const schema::Registry&, std::vector<Problem>&) {
        return std::make_unique<Share>(options);
      });
}

}  // namespace espalier::weight_sharing::share
