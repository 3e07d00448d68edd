// The network in training with everything that belongs to it: what a checkpoint stores and what a technique may touch.
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "compression/model.h"
#include "nn/live_network.h"
#include "passes/rewrite.h"
#include "training/optimizer.h"

namespace espalier::training {

/// A tensor of a technique's own.
struct Owned {
  at::Tensor tensor;
  compression::Treatment treatment = compression::Treatment::frozen;
  std::vector<compression::Follow> follows;
};

/// Optimizer state of one parameter.
struct Moments {
  std::vector<at::Tensor> tensors;
  at::Tensor steps;
};

class TrainedModel final : public compression::Model {
 public:
  /// `calibration` runs its callback over forward passes in inference mode (see Model::calibrate); bound by the loop.
  using Calibration =
      std::function<void(TrainedModel&, std::int64_t samples, const std::function<void(compression::Step&)>&)>;

  explicit TrainedModel(nn::LiveNetwork live) : live_(std::move(live)) {}

  const graph::Network& network() const override { return live_.structure; }
  std::vector<std::string> compressible() const override;
  std::vector<std::string> parameters() const override;
  at::Tensor parameter(const std::string& name) override;
  at::Tensor buffer(const std::string& name) override;
  at::Tensor own(const std::string& name, const std::function<at::Tensor()>& make, compression::Treatment treatment,
                 std::vector<compression::Follow> follows) override;
  void set_mask(const std::string& parameter, const at::Tensor& keep) override;
  at::Tensor mask(const std::string& parameter) const override;
  void set_encoding(const std::string& tensor, compression::Encoding encoding) override;
  const compression::Encoding* encoding(const std::string& tensor) const override;
  void observe(const std::string& activation, bool on) override;
  void freeze_batch_norm(bool frozen) override { batch_norm_frozen_ = frozen; }
  void rewrite(const std::string& pass) override;
  void calibrate(std::int64_t samples, const std::function<void(compression::Step&)>& look) override;
  void evaluate_with(const std::string& prefix) override { prefix_ = prefix; }

  nn::LiveNetwork& live() { return live_; }
  const nn::LiveNetwork& live() const { return live_; }
  bool batch_norm_frozen() const { return batch_norm_frozen_; }
  const std::set<std::string>& observed() const { return observed_; }
  void bind_calibration(Calibration calibration) { calibration_ = std::move(calibration); }
  /// Called with the cuts after every rewrite.
  void on_rewrite(std::function<void(const std::vector<passes::Cut>&)> hear) { hear_ = std::move(hear); }

  /// The parameters that evaluation, freezing and export read in place of the live ones (an average); empty: none.
  std::map<std::string, at::Tensor> evaluated() const;
  /// The network as it would be evaluated now, weights and constraints included, not yet quantized.
  graph::Network captured() const { return nn::capture(live_, evaluated()); }

  /// Parameters with a gradient, in graph order, then owned ones; makes their moments on first use.
  void update(const Optimizer& optimizer, double learning_rate, double gradient_clip);
  void zero_gradients();
  /// Multiplies masked parameters' gradients (before the step) or values (after it) by their masks.
  void mask_gradients();
  void mask_values();

  /// What a checkpoint holds beside the network.
  std::map<std::string, Owned>& owned() { return owned_; }
  std::map<std::string, Moments>& moments() { return moments_; }
  const std::string& prefix() const { return prefix_; }

 private:
  void cut(const passes::Rewrite& rewrite);

  nn::LiveNetwork live_;
  std::map<std::string, Owned> owned_;
  std::map<std::string, Moments> moments_;
  std::set<std::string> observed_;
  std::string prefix_;
  bool batch_norm_frozen_ = false;
  Calibration calibration_;
  std::function<void(const std::vector<passes::Cut>&)> hear_;
};

}  // namespace espalier::training
