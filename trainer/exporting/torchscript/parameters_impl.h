// The weights of a network as parameters of nested modules, named as the layers: Python's state_dict() then has
// "block.1.depthwise.weight".
#pragma once
#include <torch/csrc/jit/api/module.h>

#include <map>
#include <string>

#include "graph/network.h"

namespace espalier::exporting::torchscript {

class Parameters {
 public:
  /// Masks are multiplied into the weights. `packed`: by a layer's name, the object that stands for its weight and
  /// bias, registered as "packed" in place of both.
  explicit Parameters(const graph::Network& network, const std::map<std::string, c10::IValue>& packed = {});

  /// How forward() says the tensor, from `self` on; null when the network has none of that name.
  const std::string* expression(const std::string& tensor) const;
  /// The module that holds all of them; it has no forward() yet.
  const torch::jit::Module& root() const { return root_; }

 private:
  struct Place {
    torch::jit::Module module;
    std::string expression;  ///< "self.block"
  };
  Place& child(const std::string& path);
  void add_packed(const std::string& layer, const c10::IValue& object);

  torch::jit::Module root_;
  std::map<std::string, Place> places_;  ///< by the layer's name, "" the root
  std::map<std::string, std::string> expressions_;
};

}  // namespace espalier::exporting::torchscript
