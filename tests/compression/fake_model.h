// A network of plain tensors behind the interface that compression techniques see, for their tests: parameters on a
// real graph, masks and encodings recorded, no training.
#pragma once
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "compression/modifier.h"
#include "graph/model_file.h"
#include "graph/operator.h"
#include "passes/rewrite.h"
#include "schema/document.h"
#include "schema/registry.h"

namespace espalier::testing {

inline graph::Network network_of(const std::string& yaml, std::uint64_t seed = 1,
                                 const graph::Ends& ends = {{2, 8, 6}, 3}) {
  std::vector<Problem> problems;
  auto network = graph::read_model(schema::parse(yaml, "model.yaml"), graph::standard_operators(), ends, problems);
  refuse(problems);
  graph::initialize(network, seed);
  return network;
}

inline at::Tensor tensor_of(const graph::Tensor& host) {
  const auto type = host.type == graph::Type::float32 ? at::kFloat : at::kByte;
  auto tensor = at::empty(host.shape, type);
  std::memcpy(tensor.data_ptr(), host.bytes.data(), host.bytes.size());
  return tensor;
}

inline graph::Tensor host_of(const at::Tensor& tensor) {
  const auto plain = tensor.detach().to(tensor.scalar_type() == at::kFloat ? at::kFloat : at::kByte).contiguous();
  graph::Tensor host(plain.scalar_type() == at::kFloat ? graph::Type::float32 : graph::Type::uint8,
                     plain.sizes().vec());
  std::memcpy(host.bytes.data(), plain.data_ptr(), host.bytes.size());
  return host;
}

struct FakeStep : compression::Step {
  std::map<std::string, at::Tensor> activations, teachers;
  std::map<std::string, compression::Range> ranges;
  at::Tensor targets;

  at::Tensor activation(const std::string& name) override { return activations.at(name); }
  compression::Range range(const std::string& name) override { return ranges.at(name); }
  at::Tensor teacher(const std::string& name) override { return teachers.at(name); }
  at::Tensor labels() override { return targets; }
};

class FakeModel : public compression::Model {
 public:
  explicit FakeModel(graph::Network network) : graph(std::move(network)) {
    for (const auto& [name, weight] : graph.weights) values[name] = tensor_of(weight);
    for (const auto& name : parameters()) values.at(name).requires_grad_();
  }

  const graph::Network& network() const override { return graph; }
  std::vector<std::string> compressible() const override { return named({graph::Role::weight}); }
  std::vector<std::string> parameters() const override {
    return named({graph::Role::weight, graph::Role::bias, graph::Role::gamma, graph::Role::beta});
  }
  at::Tensor parameter(const std::string& name) override { return values.at(name); }
  at::Tensor buffer(const std::string& name) override { return values.at(name); }
  at::Tensor own(const std::string& name, const std::function<at::Tensor()>& make, compression::Treatment treatment,
                 std::vector<compression::Follow> follows) override {
    if (!owned.count(name)) {
      owned[name] = make();
      owned_follows[name] = std::move(follows);
      if (treatment != compression::Treatment::frozen) owned[name].requires_grad_();
    }
    return owned.at(name);
  }

  void set_mask(const std::string& name, const at::Tensor& keep) override {
    at::NoGradGuard no_grad;
    masks[name] = keep.to(at::kBool).expand_as(values.at(name)).clone();
    values.at(name).mul_(masks.at(name));
  }
  at::Tensor mask(const std::string& name) const override {
    const auto found = masks.find(name);
    return found == masks.end() ? at::Tensor() : found->second;
  }
  void set_encoding(const std::string& name, compression::Encoding encoding) override {
    encodings[name] = std::move(encoding);
  }
  const compression::Encoding* encoding(const std::string& name) const override {
    const auto found = encodings.find(name);
    return found == encodings.end() ? nullptr : &found->second;
  }
  void observe(const std::string& activation, bool on) override { observed[activation] = on; }
  void freeze_batch_norm(bool frozen) override { batch_norm_frozen = frozen; }
  void evaluate_with(const std::string& prefix) override { evaluation_prefix = prefix; }

  void calibrate(std::int64_t samples, const std::function<void(compression::Step&)>& look) override {
    calibrated_samples = samples;
    for (const auto& ranges : calibration_batches) {
      FakeStep step;
      step.ranges = ranges;
      look(step);
    }
  }

  void rewrite(const std::string& pass) override {
    auto result = passes::standard_passes().at(pass)(snapshot());
    graph = std::move(result.network);
    values.clear();
    masks.clear();
    for (const auto& [name, weight] : graph.weights) values[name] = tensor_of(weight);
    for (const auto& name : parameters()) values.at(name).requires_grad_();
    for (const auto& [name, keep] : graph.masks) masks[name] = tensor_of(keep).to(at::kBool);
    rewrites.push_back(pass);
    if (listener) listener->rewritten(*this, result.cuts);
  }

  /// The graph with the live weights and masks.
  graph::Network snapshot() const {
    auto copy = graph;
    for (auto& [name, weight] : copy.weights) weight = host_of(values.at(name));
    copy.masks.clear();
    for (const auto& [name, keep] : masks) copy.masks[name] = host_of(keep);
    return copy;
  }

  /// The fraction of masked elements of a parameter.
  double masked(const std::string& name) const {
    return masks.count(name) ? 1 - masks.at(name).to(at::kDouble).mean().item<double>() : 0;
  }

  graph::Network graph;
  std::map<std::string, at::Tensor> values, owned, masks;
  std::map<std::string, std::vector<compression::Follow>> owned_follows;
  std::map<std::string, compression::Encoding> encodings;
  std::map<std::string, bool> observed;
  std::vector<std::map<std::string, compression::Range>> calibration_batches;
  std::vector<std::string> rewrites;
  std::string evaluation_prefix;
  compression::Modifier* listener = nullptr;
  std::int64_t calibrated_samples = 0;
  bool batch_norm_frozen = false;

 private:
  std::vector<std::string> named(const std::vector<graph::Role>& roles) const {
    std::vector<std::string> all;
    for (const auto& node : graph.nodes)
      for (const auto& slot : graph.slots(node))
        for (const auto role : roles)
          if (slot.role == role) all.push_back(node.name + "." + slot.name);
    return all;
  }
};

/// A component from one line of YAML; throws Error(mistake) with its problems.
template <class Product>
std::shared_ptr<Product> make(const schema::Registry& registry, const std::string& kind, const std::string& yaml) {
  std::vector<Problem> problems;
  auto made = registry.make<Product>(kind, schema::parse(yaml, "recipe.yaml"), problems);
  refuse(problems);
  return made;
}

/// What an Error thrown by `action` says, all problems; "" when it throws none.
template <class Action>
std::string complaint(Action action) {
  try {
    action();
  } catch (const Error& error) {
    std::string all;
    for (const auto& problem : error.problems()) all += problem.origin + ": " + problem.text + "\n";
    return all;
  }
  return {};
}

inline bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// What a modifier's check says of a network, for a window of `start` to `end` in a training of `training` epochs.
inline std::string check_of(const compression::Modifier& modifier, const graph::Network& network,
                            const std::string& yaml, double start, double end, double training) {
  std::vector<Problem> problems;
  modifier.check(network, schema::parse(yaml, "recipe.yaml"), start, end, training, problems);
  std::string all;
  for (const auto& problem : problems) all += problem.origin + ": " + problem.text + "\n";
  return all;
}

}  // namespace espalier::testing
