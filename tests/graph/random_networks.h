// Small networks made at random from every operator, with trained-looking weights.
#pragma once
#include <string>

#include "base/random.h"
#include "base/text.h"
#include "graph/model_file.h"
#include "schema/document.h"

namespace espalier::naive {

/// Reads a model given as text; 5 classes, input 2x9x7 unless told.
inline graph::Network network_of(const std::string& yaml, graph::Shape input = {2, 9, 7}) {
  std::vector<Problem> problems;
  auto network = graph::read_model(schema::parse(yaml, "model.yaml"), graph::standard_operators(),
                                   {std::move(input), 5}, problems);
  refuse(problems);
  return network;
}

/// Weights by graph::initialize; biases, batch norm's gains (of both signs), shifts and statistics at random too.
inline void randomize(graph::Network& network, std::uint64_t seed) {
  graph::initialize(network, seed);
  for (const auto& node : network.nodes)
    for (const auto& slot : network.slots(node)) {
      if (slot.role == graph::Role::weight) continue;
      const auto name = concat(node.name, ".", slot.name);
      Random random(seed, "randomize." + name);
      for (auto& value : network.weights.at(name).floats())
        value =
            static_cast<float>(slot.role == graph::Role::running_variance ? random.uniform(0.3, 2)
                               : slot.role == graph::Role::gamma ? random.uniform(0.4, 1.5) * (random.below(5) ? 1 : -1)
                                                                 : 0.3 * random.normal());
    }
}

class ModelWriter {
 public:
  explicit ModelWriter(std::uint64_t seed) : random_(seed, "network") {}

  std::string write() {
    add("{type: conv2d, name: stem, out: 6, kernel: [3, 2], padding: " + padding() + "}");
    if (random_.below(2)) add("batch_norm");
    add(random_.below(2) ? "relu" : "{type: relu6, name: stem.six}");
    const auto blocks = 1 + random_.below(4);
    for (std::uint32_t i = 1; i <= blocks; ++i) add_block(concat("b", i));
    if (random_.below(2)) add("{type: dropout, name: drop}");
    add(random_.below(2) ? "{type: global_average_pool, name: pool}" : "{type: flatten, name: flat}");
    if (random_.below(3) == 0) {
      add("{type: linear, name: hidden, out: 8}");
      add("{type: relu, name: hidden.out}");
    }
    add("{type: linear, name: head, out: classes}");
    return "layers:\n" + text_;
  }

 private:
  void add(const std::string& layer) { text_ += "  - " + layer + "\n"; }

  std::string padding() {
    const char* all[] = {"same", "same", "valid", "1", "[1, 0, 0, 1]", "[0, 1, 2, 1]"};
    return all[random_.below(6)];
  }
  std::string conv(const std::string& name, const std::string& more, bool bias) {
    return "{type: conv2d, name: " + name + ", " + more + (bias ? ", bias: true}" : "}");
  }

  void add_norm(const std::string& name, bool present) {
    if (present) add("{type: batch_norm, name: " + name + ".norm}");
  }

  void add_block(const std::string& name) {
    switch (random_.below(6)) {
      case 0:
        return add_separable(name);
      case 1:
        return add_residual(name);
      case 2:
        return add_branches(name);
      case 3:
        return add_gated(name);
      case 4:
        return add("{type: " + std::string(random_.below(2) ? "max_pool2d" : "average_pool2d") + ", name: " + name +
                   ", kernel: 2, padding: same}");
      default:
        return add_plain(name);
    }
  }

  void add_plain(const std::string& name) {
    const bool norm = random_.below(2);
    add(conv(name, concat("out: ", 3 + random_.below(5), ", kernel: 3, padding: same, stride: ", 1 + random_.below(2)),
             !norm));
    add_norm(name, norm);
    if (random_.below(3)) add("{type: " + activation() + ", name: " + name + ".out}");
    if (random_.below(4) == 0) add_silu(name);
  }

  std::string gate() { return random_.below(3) ? random_.below(2) ? "sigmoid" : "hard_sigmoid" : "relu6"; }
  /// Any but a gate's is a relu most of the time.
  std::string activation() { return random_.below(4) ? random_.below(3) ? "relu" : "hard_swish" : "sigmoid"; }
  void add_silu(const std::string& name) {
    add(conv(name + ".swished", "out: 5, kernel: 1", true));
    add("{type: sigmoid, name: " + name + ".sigmoid}");
    add("{type: mul, name: " + name + ".silu, inputs: [" + name + ".swished, " + name + ".sigmoid]}");
  }

  void add_separable(const std::string& name) {
    add("{type: depthwise_conv2d, name: " + name + ".depthwise, kernel: 3, padding: " +
        (random_.below(2) ? "same" : "1") + concat(", stride: ", 1 + random_.below(2), "}"));
    add_norm(name + ".depthwise", true);
    add("{type: relu, name: " + name + ".middle}");
    add(conv(name + ".pointwise", concat("out: ", 4 + random_.below(4), ", kernel: 1"), true));
    if (random_.below(2)) add("{type: relu, name: " + name + ".out}");
  }

  void add_residual(const std::string& name) {
    const auto channels = 4 + random_.below(3);
    add(conv(name + ".start", concat("out: ", channels, ", kernel: 1"), false));
    add("{type: relu, name: " + name + ".from}");
    add(conv(name + ".first", "out: 5, kernel: 3, padding: same", false));
    add_norm(name + ".first", true);
    add("{type: relu, name: " + name + ".between}");
    add(conv(name + ".second", concat("out: ", channels, ", kernel: 3, padding: same"), false));
    add_norm(name + ".second", true);
    add("{type: add, name: " + name + ".sum, inputs: [" + name + ".second.norm, " + name + ".from]}");
    if (random_.below(2)) add("{type: relu, name: " + name + ".out}");
  }

  /// Squeeze and excite: each channel times a factor that its mean over the image decides. And now and then times
  /// another image.
  void add_gated(const std::string& name) {
    const auto channels = 4 + random_.below(3);
    add(conv(name + ".start", concat("out: ", channels, ", kernel: 3, padding: same"), false));
    add_norm(name + ".start", true);
    add("{type: " + activation() + ", name: " + name + ".from}");
    add("{type: global_average_pool, name: " + name + ".squeeze}");
    add("{type: linear, name: " + name + ".reduce, out: 3}");
    add("{type: relu, name: " + name + ".reduced}");
    add(concat("{type: linear, name: ", name, ".excite, out: ", channels, "}"));
    add("{type: " + gate() + ", name: " + name + ".gate}");
    const bool first = random_.below(2);
    add("{type: mul, name: " + name + ".gated, inputs: [" + name + (first ? ".gate, " : ".from, ") + name +
        (first ? ".from]}" : ".gate]}"));
    if (random_.below(3) == 0) {
      add(conv(name + ".factor", concat("out: ", channels, ", kernel: 1"), true));
      add("{type: mul, name: " + name + ".product, inputs: [" + name + ".gated, " + name + ".factor]}");
      add("{type: relu, name: " + name + ".out}");
    }
  }

  void add_branches(const std::string& name) {
    add(conv(name + ".start", "out: 4, kernel: 1", true));
    add(conv(name + ".left", "out: 3, kernel: 3, padding: same, input: " + name + ".start", true));
    add("{type: relu, name: " + name + ".left.out}");
    add(conv(name + ".right", "out: 2, kernel: 1, input: " + name + ".start", false));
    add_norm(name + ".right", true);
    const bool clamps = random_.below(2);  // alone: it cannot fuse into what others read, too
    if (clamps) add("{type: relu, name: " + name + ".clamped, input: " + name + ".start}");
    add("{type: concat, name: " + name + ".joined, inputs: [" + name + ".left.out, " + name + ".right.norm, " + name +
        (clamps ? ".clamped]}" : ".start]}"));
  }

  Random random_;
  std::string text_;
};

inline graph::Network random_network(std::uint64_t seed) {
  auto network = network_of(ModelWriter(seed).write());
  randomize(network, seed);
  return network;
}

}  // namespace espalier::naive
