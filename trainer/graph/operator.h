// What an operator is: data and traits that passes, pruner, quantizer and planner read instead of names.
#pragma once
#include <any>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "graph/tensor.h"
#include "schema/describe.h"
#include "schema/value.h"

namespace espalier::graph {

struct Node;

/// How channel c of the inputs reaches the output.
enum class Channels {
  source,       ///< the network's input: its channels are the data's
  produce,      ///< mixes all input channels into new ones (convolution, linear)
  pass,         ///< channel by channel, one input (activation, pooling, depthwise, batch norm)
  tie,          ///< channel by channel, all inputs (add)
  concatenate,  ///< the inputs' channels one after the other
  flatten,      ///< channel c becomes the features c*h*w .. (c+1)*h*w-1
};

/// What an operator does to the encoding (scale, zero point) of its activation.
enum class EncodingTrait {
  own,    ///< its output has an encoding of its own
  keeps,  ///< output and inputs share one encoding (pooling, concat, flatten)
  clamp,  ///< fuses into its producer, whose output it is (relu, relu6)
  fixed,  ///< its output has the encoding Operator::fixed, whatever the data (sigmoid)
  none,   ///< does nothing on the device (dropout)
};

/// Where a channel of the output is zero, of operators without weights. A channel can be removed only where its zeros
/// arrive at every layer that reads it.
enum class Zeros {
  all,    ///< where it is zero in all inputs (relu, add, pooling)
  any,    ///< where it is zero in one input (mul)
  never,  ///< f(0) is not 0 (sigmoid)
};

/// Real = scale * (q - zero_point), q in [-128, 127].
struct FixedEncoding {
  float scale = 0;
  std::int32_t zero_point = 0;
  bool operator==(const FixedEncoding&) const = default;
};

enum class Role { weight, bias, gamma, beta, running_mean, running_variance };

/// A weight tensor that a node needs.
struct Slot {
  std::string name;
  Shape shape;
  Role role = Role::weight;
  int out_axis = 0;  ///< follows the node's output channels; -1: none
  int in_axis = -1;  ///< follows the input's channels, each one or several times in a row; -1: none
};

struct Operator {
  std::string key;
  Channels channels = Channels::pass;
  EncodingTrait encoding = EncodingTrait::own;
  FixedEncoding fixed;  ///< where encoding is EncodingTrait::fixed
  Zeros zeros = Zeros::all;
  bool in_place = false;  ///< may write over its input
  int inputs_least = 1, inputs_most = 1;
  schema::Fields fields;  ///< of its attributes: help, the model file's keys
  // Plain functions: they know nothing but their arguments, and <functional> in the header that everyone includes would
  // cost every translation unit 11,000 lines.
  std::any (*read)(const schema::Value&, const std::string& what, std::vector<Problem>&) = nullptr;
  schema::Value (*resolved)(const std::any&) = nullptr;
  /// Throws Error(mistake) with the node's origin when the inputs do not fit.
  Shape (*shape)(const Node&, const std::vector<Shape>&) = nullptr;
  /// Multiply-accumulates of one sample; bias, activations and pooling do not count.
  std::int64_t (*macs)(const Node&, const std::vector<Shape>&) = nullptr;
  std::vector<Slot> (*slots)(const Node&, const std::vector<Shape>&) = nullptr;
};

/// An operator with `Attributes` (a struct with describe()) and no weights or arithmetic of note; the caller sets the
/// rest.
template <class Attributes>
Operator make_operator(std::string key) {
  Operator op;
  op.key = std::move(key);
  op.fields = schema::fields_of<Attributes>();
  op.read = [](const schema::Value& value, const std::string& what, std::vector<Problem>& problems) {
    return std::any(schema::read_options<Attributes>(value, what, problems, {"type", "name", "input", "inputs"}));
  };
  op.resolved = [](const std::any& attributes) {
    return schema::resolved_options(std::any_cast<const Attributes&>(attributes));
  };
  op.macs = [](const Node&, const std::vector<Shape>&) { return std::int64_t{0}; };
  op.slots = [](const Node&, const std::vector<Shape>&) { return std::vector<Slot>{}; };
  op.shape = [](const Node&, const std::vector<Shape>& inputs) { return inputs[0]; };
  return op;
}

/// The operators by key; a value, shared by the networks made with it.
class Operators {
 public:
  void add(Operator op);
  /// Null where unknown.
  std::shared_ptr<const Operator> find(const std::string& key) const;
  std::vector<std::string> keys() const;

 private:
  std::map<std::string, std::shared_ptr<const Operator>> all_;
};

/// Every operator of operators/.
Operators standard_operators();

/// A backend: operator -> handler. A hole is data with its reason, asked by `trainer check`, not a surprise in
/// epoch 40.
template <class Handler>
struct Table {
  std::map<std::string, Handler> rows;
  std::map<std::string, std::string> refused;  ///< key -> reason
  const Handler* find(const std::string& key) const {
    const auto row = rows.find(key);
    return row == rows.end() ? nullptr : &row->second;
  }
  /// Operators that are neither handled nor refused with a reason: a contract test wants none.
  std::vector<std::string> holes(const Operators& operators) const {
    std::vector<std::string> missing;
    for (const auto& key : operators.keys())
      if (!rows.count(key) && !refused.count(key)) missing.push_back(key);
    return missing;
  }
};

}  // namespace espalier::graph
