// The smallest and largest value ever seen. Nothing is clipped; one outlier coarsens the grid for good.
// Jacob et al. 2018, "Quantization and training of neural networks for efficient integer-arithmetic-only inference",
// arXiv:1712.05877, section 3.
#include "quantization/observer.h"
#include "schema/registry.h"

namespace espalier::quantization::min_max {

struct Options {
  static void describe(schema::Describe<Options>& d) {
    d.about("smallest and largest value ever seen", "Jacob et al. 2018, arXiv:1712.05877");
  }
};

class MinMax : public Observer {
 public:
  Range update(const Range& held, const Range& batch) const override { return unite(held, batch); }
};

void enlist(schema::Registry& registry) {
  registry.add<Observer, Options>(
      "observer", "min_max",
      [](const Options&, const schema::Registry&, std::vector<Problem>&) { return std::make_unique<MinMax>(); });
}

}  // namespace espalier::quantization::min_max
