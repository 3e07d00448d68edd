// Magnitude: |w|; of a slice, the mean of |w| (the L1 norm over its size). Li et al. 2017, arXiv:1608.08710,
// section 3.1.
#include <ATen/ATen.h>

#include "pruning/criterion.h"
#include "schema/registry.h"

namespace espalier::pruning::l1 {

struct Options {
  static void describe(schema::Describe<Options>& d) {
    d.about("mean absolute value", "Li et al. 2017, arXiv:1608.08710");
  }
};

class AbsoluteValue : public Criterion {
 public:
  at::Tensor elements(const at::Tensor& values, const std::string&) const override { return values.abs(); }
  at::Tensor slices(const at::Tensor& rows, const std::string&) const override { return rows.abs().mean(1); }
};

void enlist(schema::Registry& registry) {
  registry.add<Criterion, Options>(
      "criterion", "l1",
      [](const Options&, const schema::Registry&, std::vector<Problem>&) { return std::make_unique<AbsoluteValue>(); });
}

}  // namespace espalier::pruning::l1
