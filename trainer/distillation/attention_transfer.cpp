// Where the teacher looks: each sample's map of energies over height and width, A = sum over channels of x^2, scaled to
// length 1.
//
//   value = sum over positions of (A_student / |A_student| - A_teacher / |A_teacher|)^2, mean over the batch
//
// Channels need not match, so it works without an adaptor.
// Zagoruyko and Komodakis 2017, "Paying more attention to attention", arXiv:1612.03928, eq. 2 with p = 2, without the
// root.
#include <ATen/ATen.h>

#include "distillation/loss.h"
#include "schema/registry.h"

namespace espalier::distillation::attention_transfer {

struct Options {
  static void describe(schema::Describe<Options>& d) {
    d.about("squared distance of spatial attention", "Zagoruyko & Komodakis 2017, arXiv:1612.03928");
  }
};

/// [N, C, H, W] -> [N, H * W], rows of length 1 (0 for a map of zeros, whose gradient is then 0 too).
at::Tensor attention(const at::Tensor& map) {
  const auto energy = map.square().sum(1).flatten(1);
  return energy / energy.square().sum(1, /*keepdim=*/true).clamp_min(1e-24).sqrt();
}

class AttentionTransfer : public HintLoss {
 public:
  at::Tensor value(const at::Tensor& student, const at::Tensor& teacher) const override {
    return (attention(student) - attention(teacher)).square().sum(1).mean();
  }
  bool compares_channels() const override { return false; }
};

void enlist(schema::Registry& registry) {
  registry.add<HintLoss, Options>("hint_loss", "attention_transfer",
                                  [](const Options&, const schema::Registry&, std::vector<Problem>&) {
                                    return std::make_unique<AttentionTransfer>();
                                  });
}

}  // namespace espalier::distillation::attention_transfer
