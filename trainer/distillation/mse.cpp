// Squared distance of two feature maps, mean over all elements.
// Romero et al. 2015, "FitNets: hints for thin deep nets", arXiv:1412.6550, eq. 3 (there a sum).
#include <ATen/ATen.h>

#include "distillation/loss.h"
#include "schema/registry.h"

namespace espalier::distillation::mse {

struct Options {
  static void describe(schema::Describe<Options>& d) {
    d.about("mean squared distance of features", "Romero et al. 2015, arXiv:1412.6550");
  }
};

class FeatureDistance : public HintLoss {
 public:
  at::Tensor value(const at::Tensor& student, const at::Tensor& teacher) const override {
    return at::mse_loss(student, teacher);
  }
};

void enlist(schema::Registry& registry) {
  registry.add<HintLoss, Options>("hint_loss", "mse",
                                  [](const Options&, const schema::Registry&, std::vector<Problem>&) {
                                    return std::make_unique<FeatureDistance>();
                                  });
}

}  // namespace espalier::distillation::mse
