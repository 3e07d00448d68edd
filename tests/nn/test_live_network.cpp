#include "nn/live_network.h"

#include <ATen/ATen.h>

#include "catch.h"
#include "graph/model_file.h"
#include "schema/document.h"

using namespace espalier;

static compression::Encoding shared(const at::Tensor& signs = {}) {
  return {
      at::tensor({0.5f, 2.0f}), at::zeros({2}, at::kInt), -127, 127, 0, true, at::tensor({-3.0f, 0.0f, 2.0f}), signs};
}

TEST_CASE("weights with a codebook become the nearest of its values; gradients go straight through") {
  const auto weight = at::tensor({0.4f, 0.5f, -1.1f, 9.0f, -9.0f, 2.1f}).view({2, 3}).requires_grad_();
  const auto value = nn::quantize_weight(weight, shared());
  // In codes: {1, 1, -2} and {4, -4, 1}; 1 lies between 0 and 2, the lower of which is taken.
  CHECK(value.equal(at::tensor({0.0f, 0.0f, -1.5f, 4.0f, -6.0f, 0.0f}).view({2, 3})));
  value.sum().backward();
  CHECK(weight.grad().eq(1).all().item<bool>());
  const auto turned = nn::quantize_weight(weight.detach(), shared(at::tensor({1.0f, -1.0f})));
  // The second row by {-2, 0, 3}: {4, -4, 1} -> {3, -2, 0}, for negated 1 is nearer to 0 than to -3.
  CHECK(turned.equal(at::tensor({0.0f, 0.0f, -1.5f, 6.0f, -4.0f, 0.0f}).view({2, 3})));
  CHECK(nn::quantize_weight(value.detach(), shared()).equal(value));
}

TEST_CASE("codebooks and signs come back from host buffers") {
  const auto host = nn::to_host(shared(at::tensor({1.0f, -1.0f})));
  CHECK(host.codes == std::vector<std::int32_t>{-3, 0, 2});
  CHECK(host.signs == std::vector<std::int32_t>{1, -1});
  const auto back = nn::to_tensors(host);
  CHECK(back.codes.equal(shared().codes));
  CHECK(back.signs.equal(at::tensor({1.0f, -1.0f})));
  CHECK(!nn::to_tensors(nn::to_host({at::tensor(1.0f), at::tensor(0, at::kInt)})).codes.defined());
}
