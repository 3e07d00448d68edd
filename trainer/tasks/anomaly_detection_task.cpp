// Normal or not, by a network that learned to give back what is normal: what it cannot give back is none of that.
#include "schema/readers.h"
#include "schema/registry.h"
#include "tasks/anomaly_detection.h"

namespace espalier::tasks::anomaly_detection_task {

struct Options {
  double partial = 0.1, false_positive_rate = 0.1;
  static void describe(schema::Describe<Options>& d) {
    d.about("normal or not, by how well an autoencoder gives back its input", "Koizumi et al. 2020, arXiv:2006.05822");
    d.key("partial", &Options::partial,
          "largest false-positive rate of the partial area (pAUC), rescaled so that chance is 0.5 (McClish 1989)")
        .range(0.001, 1);
    d.key("false_positive_rate", &Options::false_positive_rate,
          "most of the normal validation recordings that the threshold may call anomalous; 0.1: it is their 90th "
          "percentile")
        .range(0, 0.99);
  }
};

void enlist(schema::Registry& registry) {
  registry.add<Task, Options>("task", "anomaly_detection",
                              [](const Options& o, const schema::Registry&, std::vector<Problem>&) {
                                return std::make_unique<AnomalyDetection>(o.partial, o.false_positive_rate);
                              });
}

}  // namespace espalier::tasks::anomaly_detection_task
