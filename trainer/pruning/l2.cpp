// Energy: w^2; of a slice, the root of the mean square (the L2 norm over the root of its size). For single weights it
// ranks as l1 does; a channel with few large weights outranks one with many small ones. He et al. 2018, "Soft filter
// pruning", arXiv:1808.06866.
#include <ATen/ATen.h>

#include "pruning/criterion.h"
#include "schema/registry.h"

namespace espalier::pruning::l2 {

struct Options {
  static void describe(schema::Describe<Options>& d) {
    d.about("root mean square", "He et al. 2018, arXiv:1808.06866");
  }
};

class Energy : public Criterion {
 public:
  at::Tensor elements(const at::Tensor& values, const std::string&) const override { return values.square(); }
  at::Tensor slices(const at::Tensor& rows, const std::string&) const override { return rows.square().mean(1).sqrt(); }
};

void enlist(schema::Registry& registry) {
  registry.add<Criterion, Options>(
      "criterion", "l2",
      [](const Options&, const schema::Registry&, std::vector<Problem>&) { return std::make_unique<Energy>(); });
}

}  // namespace espalier::pruning::l2
