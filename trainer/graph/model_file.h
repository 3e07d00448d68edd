// Networks from model files (configs/models/*.yaml) and back.
#pragma once
#include <string>
#include <vector>

#include "graph/network.h"
#include "schema/value.h"

namespace espalier::graph {

/// What the data says about a model's ends.
struct Ends {
  Shape input;               ///< {channels, height, width}
  std::int64_t classes = 0;  ///< what the word `classes` stands for
  std::int64_t outputs = 0;  ///< and `outputs`: what the task wants of a cell or a sample; 0: as many as classes
};

/// A model as a Value: {name, input?, layers: [...]}. A layer is an operator's key (`relu`) or a map with `type:`, its
/// attributes, `name:` (by default the last named layer's, a dot, and the type), `input:` or `inputs:` (by default the
/// layer before), or {repeat: 4, name: block, layers: [...]} whose layers are called block1.…, block2.…. Names are
/// looked up in their own block first. Adds Problems (unknown operator, attribute, name; a cycle cannot be written).
/// Shapes are inferred; weights are not made.
Network read_model(const schema::Value& model, const Operators& operators, const Ends& ends,
                   std::vector<Problem>& problems);

/// The same for a file; throws Error(mistake) with every problem.
Network load_model(const std::string& path, const Operators& operators, const Ends& ends);

/// The flat form that read_model reads: every node with every attribute, input included.
schema::Value model_value(const Network& network);

}  // namespace espalier::graph
