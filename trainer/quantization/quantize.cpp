// Quantization-aware training: the network trains with its activations and weights on the integer grid that the device
// will use. When the window opens, calibration samples give every activation a range; then observers follow the ranges,
// and the weights' scales follow the weights, until the end. What remains on the Model are encodings: training goes
// through them, freezing and lowering only read them. The same modifier, opened and closed on a trained network, is
// post-training quantization.
//
// Activations: int8 per tensor, zero exact. Weights: int8 in [-127, 127], symmetric, one scale an output channel, which
// commutes with the folding of batch norm; the scale's floor is described in affine.h. Tensors that the device stores
// under one encoding (pooling, concat, flatten) share the union of their ranges. Jacob et al. 2018, "Quantization and
// training of neural networks for efficient integer-arithmetic-only inference", arXiv:1712.05877; Krishnamoorthi 2018,
// arXiv:1806.08342, for freezing batch norm and observers late.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "base/text.h"
#include "compression/modifier.h"
#include "passes/fusion.h"
#include "quantization/affine.h"
#include "quantization/layer_plan.h"
#include "quantization/observer.h"
#include "quantization/scheme.h"
#include "schema/readers.h"
#include "schema/registry.h"

namespace espalier::quantization::quantize {

using compression::Model, compression::Name, compression::Step, compression::Treatment;

struct Options {
  schema::Path scheme;
  double freeze_observers = -1, freeze_batch_norm = -1;
  std::int64_t calibration_samples = 256;
  schema::Part observer;
  static void describe(schema::Describe<Options>& d) {
    d.about("quantization-aware training", "Jacob et al. 2018, arXiv:1712.05877");
    d.key("scheme", &Options::scheme,
          "how tensors are encoded (configs/quantization); by default that of TFLite's int8");
    d.key("freeze_observers", &Options::freeze_observers, "epoch of the training from which ranges stay; -1: never")
        .range(-1, 1e6);
    d.key("freeze_batch_norm", &Options::freeze_batch_norm,
          "epoch from which batch norm uses its running statistics; -1: never")
        .range(-1, 1e6);
    d.key("calibration_samples", &Options::calibration_samples, "that give the first ranges").range(1, 1e6);
    d.key("observer", &Options::observer, "how ranges follow the batches (kind observer); by default moving_average");
  }
};

class Quantize : public compression::Modifier {
 public:
  Quantize(Options options, Scheme scheme, std::shared_ptr<Observer> observer)
      : options_(std::move(options)), scheme_(scheme), observer_(std::move(observer)) {}

  compression::Writes writes() const override { return compression::Writes::encodings; }

  void check(const graph::Network& student, const schema::Value& value, double start, double end, double training,
             std::vector<Problem>& problems) const override {
    const auto place = [&](const char* key) { return (value.find(key) ? *value.find(key) : value).origin().text(); };
    if (end < training - 1e-9)
      problems.push_back({place("epochs"), concat("quantize must last to the end of the training (epoch ", training,
                                                  "), not ", end, ": weights that train on would leave their grid")});
    for (const auto& [key, epoch] : {std::pair{"freeze_observers", options_.freeze_observers},
                                     std::pair{"freeze_batch_norm", options_.freeze_batch_norm}})
      if (epoch >= 0 && (epoch < start || epoch > end))
        problems.push_back(
            {place(key), concat(key, " ", epoch, " lies outside the modifier's epochs [", start, ", ", end, "]")});
    for (const auto& layer : passes::fuse(student))
      for (const auto& slot : student.slots(student.node(layer.anchor)))
        if (slot.role == graph::Role::gamma)
          problems.push_back({student.node(layer.anchor).origin.text(),
                              concat("batch norm '", layer.anchor,
                                     "' cannot be quantized: it must directly follow a convolution or linear layer "
                                     "that nothing else reads")});
  }

  void open(Model& model, bool resumed) override {
    plan_ = plan_layers(model.network());
    observe(model, true);
    if (!resumed) calibrate(model);
    encode_activations(model);
    encode_weights(model);
  }

  void before_step(Model& model, Step& step) override {
    if (options_.freeze_batch_norm >= 0) model.freeze_batch_norm(step.epoch >= options_.freeze_batch_norm);
    const bool frozen = options_.freeze_observers >= 0 && step.epoch >= options_.freeze_observers;
    if (frozen == observing_) observe(model, !frozen);
  }

  void after_step(Model& model, Step& step) override {
    if (observing_) {
      for (const auto& group : plan_.groups)
        for (const auto& activation : group)
          hold(model, activation, observer_->update(held(model, activation), step.range(activation)));
      encode_activations(model);
    }
    encode_weights(model);
  }

  void rewritten(Model& model, const std::vector<passes::Cut>&) override {
    if (plan_.groups.empty()) return;  // not open yet
    plan_ = plan_layers(model.network());
    encode_activations(model);
    encode_weights(model);
  }

  void close(Model& model) override {
    observe(model, false);
    encode_activations(model);
    encode_weights(model);
  }

 private:
  void observe(Model& model, bool on) {
    for (const auto& group : plan_.groups)
      for (const auto& activation : group) model.observe(activation, on);
    observing_ = on;
  }

  void calibrate(Model& model) {
    std::map<Name, std::vector<Range>> seen;
    model.calibrate(options_.calibration_samples, [&](Step& step) {
      for (const auto& group : plan_.groups)
        for (const auto& activation : group) seen[activation].push_back(step.range(activation));
    });
    if (seen.empty()) fail("there is no calibration sample");
    for (const auto& [activation, batches] : seen) hold(model, activation, observer_->calibrated(batches));
  }

  /// The observer's state, [low, high], outlives this object: it is the model's.
  static at::Tensor state(Model& model, const Name& activation) {
    const auto nothing = nothing_seen();
    return model.own(
        "quantize." + activation,
        [&] {
          return at::tensor({static_cast<float>(nothing.low), static_cast<float>(nothing.high)});
        },
        Treatment::frozen);
  }
  static Range held(Model& model, const Name& activation) {
    const auto values = state(model, activation).to(at::kCPU);
    return {values.data_ptr<float>()[0], values.data_ptr<float>()[1]};
  }
  static void hold(Model& model, const Name& activation, const Range& range) {
    at::NoGradGuard no_grad;
    state(model, activation).copy_(at::tensor({static_cast<float>(range.low), static_cast<float>(range.high)}));
  }

  void encode_activations(Model& model) const {
    for (const auto& group : plan_.groups) {
      const auto encoding = encoding_of(model, group);
      for (const auto& activation : group) model.set_encoding(activation, encoding);
    }
  }

  compression::Encoding encoding_of(Model& model, const std::vector<Name>& group) const {
    const auto device = state(model, group.front()).device();
    const auto demanded = plan_.fixed.find(group.front());
    if (demanded != plan_.fixed.end()) return activation_encoding(demanded->second, device);
    Range range = nothing_seen();
    for (const auto& activation : group) range = unite(range, held(model, activation));
    return activation_encoding(range, scheme_.symmetric_activations, group.front(), device);
  }

  void encode_weights(Model& model) const {
    at::NoGradGuard no_grad;
    for (const auto& layer : plan_.layers) {
      auto encoding =
          weight_encoding(model.parameter(layer.weight), layer.axis, floor_of(model, layer), scheme_.largest_weight);
      // The scales follow the weights; the codes that they share are another technique's.
      if (const auto* had = model.encoding(layer.weight)) encoding.codes = had->codes, encoding.signs = had->signs;
      model.set_encoding(layer.weight, std::move(encoding));
    }
  }

  static ScaleFloor floor_of(Model& model, const WeightedLayer& layer) {
    ScaleFloor floor;
    floor.input_scale = model.encoding(layer.input)->scale.item<double>();
    floor.output_scale = model.encoding(layer.output)->scale.item<double>();
    if (!layer.bias.empty()) floor.bias = model.parameter(layer.bias).detach().to(at::kDouble);
    if (layer.gamma.empty()) return floor;
    const auto read = [](const at::Tensor& tensor) { return tensor.detach().to(at::kDouble); };
    floor.factor =
        read(model.parameter(layer.gamma)) / (read(model.buffer(layer.running_variance)) + layer.epsilon).sqrt();
    const auto centred = floor.bias.defined() ? floor.bias - read(model.buffer(layer.running_mean))
                                              : -read(model.buffer(layer.running_mean));
    floor.bias = read(model.parameter(layer.beta)) + centred * floor.factor;
    return floor;
  }

  Options options_;
  Scheme scheme_;
  std::shared_ptr<Observer> observer_;
  LayerPlan plan_;  ///< names only
  bool observing_ = false;
};

std::unique_ptr<Quantize> build(const Options& options, const schema::Registry& registry,
                                std::vector<Problem>& problems) {
  const auto before = problems.size();
  const auto& given = options.observer.value;
  auto observer = registry.make<Observer>(
      "observer", given.is_null() ? schema::Value::scalar("moving_average", given.origin()) : given, problems);
  const auto scheme = options.scheme.text.empty() ? Scheme{} : load_scheme(options.scheme, problems);
  if (problems.size() != before) return nullptr;
  return std::make_unique<Quantize>(options, scheme, std::move(observer));
}

void enlist(schema::Registry& registry) { registry.add<compression::Modifier, Options>("modifier", "quantize", build); }

}  // namespace espalier::quantization::quantize
