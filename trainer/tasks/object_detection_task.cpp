// Things in pictures, each a box with a class; the network says for each cell of a grid what is there and where it
// ends.
#include "tasks/object_detection.h"

#include "schema/readers.h"
#include "schema/registry.h"

namespace espalier::tasks::object_detection_task {

struct Options {
  std::string metric = "mAP50";
  double unit = 0, score_threshold = 0.3, nms_overlap = 0.6;
  std::int64_t most_boxes = 100;
  static void describe(schema::Describe<Options>& d) {
    d.about("boxes around things in pictures, one for each cell of a grid at most",
            "Tian et al. 2019, arXiv:1904.01355");
    d.key("metric", &Options::metric,
          "the number to judge by: COCO's average precision at an overlap of 0.5, its mean from 0.5 to 0.95, Pascal "
          "VOC's")
        .one_of({"mAP50", "mAP", "voc_mAP50"});
    d.key("unit", &Options::unit,
          "pixels that an output of 1 is worth as a distance from the cell's centre; 0: those from cell to cell")
        .range(0, 1024);
    d.key("score_threshold", &Options::score_threshold, "of what a device and `predict` tell of").range(0, 1);
    d.key("nms_overlap", &Options::nms_overlap, "beyond it the weaker of two boxes of a class is dropped").range(0, 1);
    d.key("most_boxes", &Options::most_boxes, "that a picture can have").range(1, 1000);
  }
};

void enlist(schema::Registry& registry) {
  registry.add<Task, Options>(
      "task", "object_detection", [](const Options& o, const schema::Registry&, std::vector<Problem>&) {
        return std::make_unique<ObjectDetection>(o.metric, o.unit,
                                                 SuppressionOptions{o.score_threshold, o.nms_overlap, o.most_boxes});
      });
}

}  // namespace espalier::tasks::object_detection_task
