#include "graph/tensor.h"

#include "base/error.h"
#include "catch.h"

using namespace espalier;
using namespace espalier::graph;

TEST_CASE("tensors hold zeros, or what they are given") {
  CHECK(Tensor(Type::int64, {2, 3}).bytes.size() == 48);
  CHECK(Tensor(Type::float32, {}).floats().size() == 1);
  CHECK(Tensor::of({2}, std::vector<float>{1, 2}).floats()[1] == 2);
  CHECK_THROWS_AS(Tensor::of({3}, std::vector<float>{1, 2}), Error);
  CHECK_THROWS_AS(Tensor(Type::int8, {2}).floats(), Error);
  CHECK(text_of({1, 49, 10}) == "1x49x10");
  CHECK(elements({}) == 1);
}

TEST_CASE("take keeps slices in their order along any axis") {
  const auto cube = Tensor::of({2, 3, 2}, std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  CHECK(take(cube, 1, std::vector<std::int64_t>{2, 0}) ==
        Tensor::of({2, 2, 2}, std::vector<float>{4, 5, 0, 1, 10, 11, 6, 7}));
  CHECK(take(cube, 0, std::vector<std::int64_t>{1}) == Tensor::of({1, 3, 2}, std::vector<float>{6, 7, 8, 9, 10, 11}));
  CHECK(take(cube, 2, std::vector<std::int64_t>{1}) == Tensor::of({2, 3, 1}, std::vector<float>{1, 3, 5, 7, 9, 11}));
  CHECK(take(Tensor::of({3}, std::vector<std::uint8_t>{7, 8, 9}), 0, std::vector<std::int64_t>{0, 2}).flags()[1] == 9);
}
