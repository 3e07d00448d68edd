// A learning rate that stays.
#include "schema/registry.h"
#include "training/optimizer.h"

namespace espalier::training::constant {

struct Options {
  static void describe(schema::Describe<Options>& d) { d.about("the learning rate stays"); }
};

class Constant final : public LearningRateSchedule {
 public:
  double factor(double) const override { return 1; }
};

void enlist(schema::Registry& registry) {
  registry.add<LearningRateSchedule, Options>(
      "lr_schedule", "constant",
      [](const Options&, const schema::Registry&, std::vector<Problem>&) -> std::unique_ptr<LearningRateSchedule> {
        return std::make_unique<Constant>();
      });
}

}  // namespace espalier::training::constant
