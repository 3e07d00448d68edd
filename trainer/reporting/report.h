// report.html: a run, or several compared, as one page that works without a network.
//
// The page is data (this file gathers them) and a program that draws them (page/, with Chart.js, embedded by CMake).
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"

namespace espalier::reporting {

/// What the page shows: {"runs": [{"folder", "report" (link to its own page, relative to `beside`; null where there is
/// none), "summary", and, where the files are there, "analysis", "metrics" ({stage: {column: [values]}}) and "recipe"
/// (text)}]}. Of several runs the analysis holds only what compares: recipe keys, student, environment. Throws
/// Error(mistake) with every folder that holds no finished run and every damaged file.
Json report_of(const std::vector<std::filesystem::path>& runs, const std::filesystem::path& beside);

/// The whole page as HTML.
std::string page_of(const Json& report);

/// page_of(report_of(…)) as `page`, whole or unchanged.
void write_report(const std::vector<std::filesystem::path>& runs, const std::filesystem::path& page);

/// Those of several folders that are runs, or were begun as such: a shell's runs/* also names pages and shared stages.
/// What is left out is added to `left_out`. A path that does not exist is kept, and so is the only one.
std::vector<std::filesystem::path> runs_among(const std::vector<std::filesystem::path>& paths,
                                              std::vector<std::filesystem::path>& left_out);

/// Where the page goes that nobody named: report.html in the run's folder; of several runs in the folder that holds
/// them all, or in the working directory where there is none.
std::filesystem::path usual_page(const std::vector<std::filesystem::path>& runs);

}  // namespace espalier::reporting
