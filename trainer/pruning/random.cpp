// No knowledge at all: the control that every other criterion must beat. Scores are a function of the seed, the
// parameter's name and the position, so that the same weights go at every step and in every run. Mittal et al. 2018,
// "Recovering from random pruning", arXiv:1801.10447.
#include "base/random.h"

#include <ATen/ATen.h>

#include "base/text.h"
#include "pruning/criterion.h"
#include "schema/registry.h"

namespace espalier::pruning::random {

struct Options {
  std::int64_t seed = 1;
  static void describe(schema::Describe<Options>& d) {
    d.about("random scores, as a control", "Mittal et al. 2018, arXiv:1801.10447");
    d.key("seed", &Options::seed, "another seed, another choice").range(0, 9e15);
  }
};

class Chance : public Criterion {
 public:
  explicit Chance(Options options) : options_(options) {}
  at::Tensor elements(const at::Tensor& values, const std::string& name) const override {
    return scores(values.numel(), "elements of " + name).reshape(values.sizes());
  }
  at::Tensor slices(const at::Tensor& rows, const std::string& name) const override {
    return scores(rows.size(0), "slices of " + name);
  }

 private:
  at::Tensor scores(std::int64_t count, const std::string& purpose) const {
    Random random(static_cast<std::uint64_t>(options_.seed), "prune " + purpose);
    auto all = at::empty({count}, at::kDouble);
    for (std::int64_t i = 0; i < count; ++i) all.data_ptr<double>()[i] = random.uniform();
    return all;
  }
  Options options_;
};

void enlist(schema::Registry& registry) {
  registry.add<Criterion, Options>("criterion", "random",
                                   [](const Options& options, const schema::Registry&, std::vector<Problem>&) {
                                     return std::make_unique<Chance>(options);
                                   });
}

}  // namespace espalier::pruning::random
