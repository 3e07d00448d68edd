# What `cmake --install` copies, and the package that find_package(Espalier) finds.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(_package ${CMAKE_INSTALL_LIBDIR}/cmake/Espalier)
set(_share ${CMAKE_INSTALL_DATADIR}/espalier)

# Espalier::Espalier is all of it, with the umbrella over pipeline's dependencies; without LibTorch over deployment's.
add_library(espalier INTERFACE)
add_library(Espalier::Espalier ALIAS espalier)
set_target_properties(espalier PROPERTIES EXPORT_NAME Espalier)
if(ESPALIER_TORCH)
  target_link_libraries(espalier INTERFACE Espalier::pipeline)
else()
  target_link_libraries(espalier INTERFACE Espalier::deployment)
endif()

get_property(_libraries GLOBAL PROPERTY ESPALIER_LIBRARIES)
install(TARGETS espalier ${_libraries} EXPORT EspalierTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/espalier)
# What has to be built before `cmake --install`, where that is not everything.
add_custom_target(installable DEPENDS trainer ${_libraries})
install(EXPORT EspalierTargets NAMESPACE Espalier:: DESTINATION ${_package})

# The program finds LibTorch where this build found it. (INSTALL_RPATH_USE_LINK_PATH leaves out folders of the source tree,
# in which the project's own .venv lies.)
if(TARGET trainer)
  if(ESPALIER_TORCH)
    set_target_properties(trainer PROPERTIES INSTALL_RPATH ${LibTorch_ROOT}/lib)
  endif()
  install(TARGETS trainer RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

# #include <espalier/graph/builder.h>: the headers of the libraries that are built, which include each other from
# include/espalier.
get_property(_headers GLOBAL PROPERTY ESPALIER_HEADERS)
list(FILTER _headers EXCLUDE REGEX "_impl\\.h$")
foreach(_header IN LISTS _headers)
  get_filename_component(_header ${_header} ABSOLUTE)
  file(RELATIVE_PATH _folder ${PROJECT_SOURCE_DIR} ${_header})
  get_filename_component(_folder ${_folder} DIRECTORY)
  string(REGEX REPLACE "^trainer/" "" _folder ${_folder})
  install(FILES ${_header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/espalier/${_folder})
endforeach()

install(DIRECTORY ${PROJECT_SOURCE_DIR}/configs ${PROJECT_SOURCE_DIR}/recipes DESTINATION ${_share})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/scripts/judges DESTINATION ${_share}/scripts PATTERN __pycache__ EXCLUDE)
install(FILES ${PROJECT_SOURCE_DIR}/scripts/requirements-judges.txt DESTINATION ${_share}/scripts)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${_share})

configure_package_config_file(${PROJECT_SOURCE_DIR}/scripts/cmake/EspalierConfig.cmake.in
  ${CMAKE_BINARY_DIR}/generated/EspalierConfig.cmake INSTALL_DESTINATION ${_package})
# Before 1.0 the interface may change with every minor version.
write_basic_package_version_file(${CMAKE_BINARY_DIR}/generated/EspalierConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/generated/EspalierConfig.cmake ${CMAKE_BINARY_DIR}/generated/EspalierConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/scripts/cmake/FindLibTorch.cmake
  ${PROJECT_SOURCE_DIR}/scripts/cmake/FindOpenCVModules.cmake DESTINATION ${_package})
