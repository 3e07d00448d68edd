#include "exporting/torchscript/writer.h"

#include <torch/csrc/jit/api/module.h>

#include <functional>
#include <map>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "exporting/torchscript/engine.h"
#include "exporting/torchscript/packing_impl.h"
#include "exporting/torchscript/parameters_impl.h"
#include "exporting/torchscript/recurrent_impl.h"
#include "graph/operators/conv2d.h"
#include "graph/operators/depthwise_conv2d.h"
#include "graph/operators/pool2d.h"
#include "passes/rewrite.h"

namespace espalier::exporting::torchscript {
namespace {

/// Python identifiers of nodes: dots become underscores, and of two names that would become one the later
/// is numbered.
class Identifiers {
 public:
  explicit Identifiers(const graph::Network& network) {
    for (const auto& node : network.nodes) add(node.name);
  }
  const std::string& of(const std::string& name) const { return chosen_.at(name); }

 private:
  void add(const std::string& name) {
    std::string plain = "v_";
    for (const char c : name) plain += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
    std::string unique = plain;
    for (int i = 2; !taken_.insert(unique).second; ++i) unique = concat(plain, "_", i);
    chosen_.emplace(name, unique);
  }
  std::map<std::string, std::string> chosen_;
  std::set<std::string> taken_;
};

std::string pair_text(const schema::Pair& pair) { return concat("[", pair.height, ", ", pair.width, "]"); }

struct Line {
  const graph::Network& network;
  const graph::Node& node;
  const Parameters& parameters;
  std::vector<std::string> in;
  std::string parameter(const char* slot) const {
    const auto* expression = parameters.expression(concat(node.name, ".", slot));
    return expression ? *expression : "None";
  }
};

template <class Attributes>
graph::Placement placed(const Line& line) {
  const auto& a = *line.node.as<Attributes>();
  return graph::place(line.node, line.network.node(line.node.inputs[0]).shape, a.kernel, a.stride, a.padding);
}

std::string padded(const std::string& x, const graph::Placement& at, const char* value) {
  if (!at.padded()) return x;
  return concat("torch.constant_pad_nd(", x, ", [", at.left, ", ", at.right, ", ", at.top, ", ", at.bottom, "], ",
                value, ")");
}

template <class Attributes>
std::string convolution(const Line& line, const std::string& groups) {
  const auto& a = *line.node.as<Attributes>();
  return concat("torch.conv2d(", padded(line.in[0], placed<Attributes>(line), "0.0"), ", ", line.parameter("weight"),
                ", ", line.parameter("bias"), ", ", pair_text(a.stride), ", [0, 0], [1, 1], ", groups, ")");
}

std::string average_pool(const Line& line) {
  const auto& a = *line.node.as<graph::AveragePool2d>();
  const auto at = placed<graph::AveragePool2d>(line);
  const auto pool = [&](const std::string& x) {
    return concat("torch.avg_pool2d(", x, ", ", pair_text(a.kernel), ", ", pair_text(a.stride), ")");
  };
  if (!at.padded()) return pool(line.in[0]);
  return concat(pool(padded(line.in[0], at, "0.0")), " / ",
                pool(padded(concat("torch.ones_like(", line.in[0], ")"), at, "0.0")));
}

std::string max_pool(const Line& line) {
  const auto& a = *line.node.as<graph::MaxPool2d>();
  return concat("torch.max_pool2d(", padded(line.in[0], placed<graph::MaxPool2d>(line), "float('-inf')"), ", ",
                pair_text(a.kernel), ", ", pair_text(a.stride), ")");
}

/// A gate of one axis gains the image's.
std::string product(const Line& line) {
  const auto factor = [&](std::size_t i) {
    const auto& own = line.network.node(line.node.inputs[i]).shape;
    const bool widens = own.size() == 1 && line.node.shape.size() == 3;
    return widens ? concat("torch.reshape(", line.in[i], ", [-1, ", own[0], ", 1, 1])") : line.in[i];
  };
  return concat(factor(0), " * ", factor(1));
}

using Handler = std::function<std::string(const Line&)>;

graph::Table<Handler> make_table() {
  graph::Table<Handler> table;
  table.rows["conv2d"] = [](const Line& l) { return convolution<graph::Conv2d>(l, "1"); };
  table.rows["depthwise_conv2d"] = [](const Line& l) {
    return convolution<graph::DepthwiseConv2d>(l, concat(l.node.shape[0]));
  };
  table.rows["linear"] = [](const Line& l) {
    // Ranges of 7 bits, so that no engine saturates.
    if (const auto packed = l.parameter("packed"); packed != "None")
      return concat("quantized.linear_dynamic(", l.in[0], ", ", packed, ", True)");
    return concat("torch.linear(", l.in[0], ", ", l.parameter("weight"), ", ", l.parameter("bias"), ")");
  };
  table.rows["relu"] = [](const Line& l) { return concat("torch.relu(", l.in[0], ")"); };
  table.rows["relu6"] = [](const Line& l) { return concat("torch.clamp(", l.in[0], ", 0.0, 6.0)"); };
  table.rows["sigmoid"] = [](const Line& l) { return concat("torch.sigmoid(", l.in[0], ")"); };
  table.rows["hard_sigmoid"] = [](const Line& l) { return concat("torch.hardsigmoid(", l.in[0], ")"); };
  table.rows["hard_swish"] = [](const Line& l) { return concat("torch.hardswish(", l.in[0], ")"); };
  table.rows["add"] = [](const Line& l) { return concat(l.in[0], " + ", l.in[1]); };
  table.rows["mul"] = product;
  table.rows["concat"] = [](const Line& l) { return concat("torch.cat([", join(l.in, ", "), "], 1)"); };
  table.rows["average_pool2d"] = average_pool;
  table.rows["max_pool2d"] = max_pool;
  table.rows["global_average_pool"] = [](const Line& l) { return concat("torch.mean(", l.in[0], ", [2, 3])"); };
  table.rows["flatten"] = [](const Line& l) { return concat("torch.flatten(", l.in[0], ", 1)"); };
  for (const char* key : {"lstm", "gru"})
    table.rows[key] = [](const Line& l) {
      return recurrent_expression(l.network, l.node, l.in[0], [&](const char* slot) { return l.parameter(slot); });
    };
  table.refused["batch_norm"] = "a batch norm with no convolution or linear before it to fold into";
  table.refused["dropout"] = "removed before export";
  table.refused["input"] = "the argument of forward()";
  return table;
}

const graph::Table<Handler>& handlers() {
  static const auto table = make_table();
  return table;
}

}  // namespace

std::vector<std::string> torchscript_holes(const graph::Operators& operators) { return handlers().holes(operators); }

namespace {

/// The source of forward(), one statement a node.
std::string source_of(const graph::Network& folded, const Parameters& parameters) {
  const auto& table = handlers();
  const Identifiers identifiers(folded);
  std::string source =
      concat("def forward(self, ", identifiers.of(folded.nodes.front().name), ": Tensor) -> Tensor:\n");
  for (std::size_t i = 1; i < folded.nodes.size(); ++i) {
    const auto& node = folded.nodes[i];
    const auto* handler = table.find(node.op->key);
    if (!handler)
      mistake(node.origin.text(),
              concat("layer '", node.name, "' (", node.op->key, ") cannot be exported as TorchScript: ",
                     table.refused.count(node.op->key) ? table.refused.at(node.op->key) : "no such operator there"));
    Line line{folded, node, parameters, {}};
    for (const auto& input : node.inputs) line.in.push_back(identifiers.of(input));
    source += concat("  ", identifiers.of(node.name), " = ", (*handler)(line), "\n");
  }
  return source + concat("  return ", identifiers.of(folded.nodes.back().name), "\n");
}

}  // namespace

namespace {

std::vector<std::uint8_t> save(const graph::Network& folded, const Parameters& parameters,
                               const std::vector<std::string>& labels, const std::string& front_end) {
  auto module = parameters.root();
  add_companions(module, labels, front_end);
  module.define(source_of(folded, parameters), quantized_resolver());
  return bytes_of(module);
}

graph::Network folded_of(const graph::Network& network) {
  return passes::fold_batch_norm(passes::remove_dropout(network).network).network;
}

}  // namespace

std::vector<std::uint8_t> write(const graph::Network& network, const std::vector<std::string>& labels,
                                const std::string& front_end) {
  const auto folded = folded_of(network);
  return save(folded, Parameters(folded), labels, front_end);
}

std::vector<std::uint8_t> write_dynamic(const graph::Network& network, const std::vector<std::string>& labels,
                                        const std::string& front_end) {
  const WithoutWarnings quiet;
  const auto folded = folded_of(network);
  std::map<std::string, c10::IValue> packed;
  for (const auto& node : folded.nodes)
    if (node.is("linear"))
      packed.emplace(node.name, pack_dynamic(folded, node.name + ".weight", node.name + ".bias"));
    else if (node.is("lstm") || node.is("gru"))
      packed.emplace(node.name, pack_recurrent(folded, node));
  if (packed.empty())
    mistake(network.name,
            "has no linear layer and no recurrent one, and dynamic quantization is for those; export torchscript");
  return save(folded, Parameters(folded, packed), labels, front_end);
}

}  // namespace espalier::exporting::torchscript
