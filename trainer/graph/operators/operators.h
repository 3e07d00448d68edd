// The operators of this folder, one file each: attributes (also the model file's keys), shape, cost, weights, traits.
#pragma once
#include "graph/operator.h"

namespace espalier::graph::operators {

Operator input();
Operator conv2d();
Operator depthwise_conv2d();
Operator linear();
Operator batch_norm();
Operator relu();
Operator relu6();
Operator sigmoid();
Operator hard_sigmoid();
Operator hard_swish();
Operator add();
Operator mul();
Operator concat();
Operator average_pool2d();
Operator max_pool2d();
Operator global_average_pool();
Operator flatten();
Operator lstm();
Operator gru();
Operator dropout();

}  // namespace espalier::graph::operators
