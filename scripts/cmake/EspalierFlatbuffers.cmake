# espalier_flatbuffers(<target> <schema.fbs>): compiles the schema by flatc at build time; sources of <target> that lie beside
# the schema include "<schema>_generated.h". Nothing of it leaks to others, whose compile commands are thus the same in every
# build folder, for ccache.
find_program(ESPALIER_FLATC flatc)

function(espalier_flatbuffers target schema)
  if(NOT ESPALIER_FLATC)
    message(FATAL_ERROR "flatc not found; install flatbuffers-compiler and libflatbuffers-dev")
  endif()
  get_filename_component(stem ${schema} NAME_WE)
  set(folder ${CMAKE_BINARY_DIR}/generated/flatbuffers)
  set(header ${folder}/${stem}_generated.h)
  add_custom_command(OUTPUT ${header}
    COMMAND ${ESPALIER_FLATC} --cpp --gen-object-api -o ${folder} ${CMAKE_CURRENT_SOURCE_DIR}/${schema}
    DEPENDS ${schema} COMMENT "flatc ${schema}" VERBATIM)
  target_sources(${target} PRIVATE ${header})
  get_filename_component(beside ${schema} DIRECTORY)
  file(GLOB sources CONFIGURE_DEPENDS ${beside}/*.cpp)
  set_property(SOURCE ${sources} APPEND PROPERTY COMPILE_OPTIONS -isystem${folder})
endfunction()
