#include "graph/operators/batch_norm.h"

#include "graph/operators/operators.h"

namespace espalier::graph {

void BatchNorm::describe(schema::Describe<BatchNorm>& d) {
  d.about("batch normalisation; folds into the layer before it", "Ioffe & Szegedy 2015, arXiv:1502.03167");
  d.key("epsilon", &BatchNorm::epsilon, "added to the variance").range(1e-12, 1);
  d.key("momentum", &BatchNorm::momentum, "of the running statistics").range(1e-6, 1);
}

Operator operators::batch_norm() {
  auto op = make_operator<BatchNorm>("batch_norm");
  op.channels = Channels::pass;
  op.in_place = true;
  op.slots = [](const Node&, const std::vector<Shape>& inputs) {
    const Shape channels = {inputs[0][0]};
    return std::vector<Slot>{{"gamma", channels, Role::gamma, 0, -1},
                             {"beta", channels, Role::beta, 0, -1},
                             {"running_mean", channels, Role::running_mean, 0, -1},
                             {"running_variance", channels, Role::running_variance, 0, -1}};
  };
  return op;
}

}  // namespace espalier::graph
