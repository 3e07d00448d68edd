// Things in pictures, each a point with a class: what the smallest devices can afford.
#include "tasks/centroid_detection.h"

#include "schema/readers.h"
#include "schema/registry.h"

namespace espalier::tasks::centroid_detection_task {

struct Options {
  double score_threshold = 0.5;
  static void describe(schema::Describe<Options>& d) {
    d.about("points on things in pictures, for microcontrollers", "Moreau & Kelcey 2022, FOMO");
    d.key("score_threshold", &Options::score_threshold, "probability from which a cell holds a thing")
        .range(0.01, 0.99);
  }
};

void enlist(schema::Registry& registry) {
  registry.add<Task, Options>("task", "centroid_detection",
                              [](const Options& o, const schema::Registry&, std::vector<Problem>&) {
                                return std::make_unique<CentroidDetection>(o.score_threshold);
                              });
}

}  // namespace espalier::tasks::centroid_detection_task
