#include "importing/advice.h"

#include "catch.h"

using espalier::importing::no_operator;

TEST_CASE("an operator is advised by either of its names") {
  CHECK(no_operator("LeakyRelu") == "has no operator here; write relu");
  CHECK(no_operator("aten::leaky_relu_") == no_operator("LeakyRelu"));
  CHECK(no_operator("aten::layer_norm") == no_operator("LayerNormalization"));
  CHECK(no_operator("aten::gru") == no_operator("GRU"));
  CHECK(no_operator("Loop") == "depends on data; only graphs without loops can be imported");
}

TEST_CASE("an operator that nothing replaces is only named") {
  CHECK(no_operator("aten::sin") == "has no operator here");
  CHECK(no_operator("") == "has no operator here");
}
