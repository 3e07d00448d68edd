// How a task's numbers are shown: its metric's name, and each class by itself.
#pragma once
#include <string>

#include "base/json.h"

namespace espalier::reporting {

/// The name that people know a metric by: "accuracy", "macro-F1", "mAP50".
std::string metric_text(const std::string& name);
/// The same as the beginning of a heading: "Accuracy", "Macro-F1", "mAP50".
std::string metric_title(const std::string& name);

/// One line a class, shares in percent: of classification sensitivity (recall), precision and F1; of detection whatever
/// numbers stand beside "label". `classes` as Task::report() lists them; "" for anything else. Ends in a newline.
std::string class_table(const Json& classes, std::size_t indent);

}  // namespace espalier::reporting
