package dev.procession.maven;

import java.util.ArrayList;
import java.util.List;

/**
 * What a build of several modules has said. Immutable.
 *
 * @param text all of it
 */
record ReactorOutput(String text) {

    /** What was said while a module was built, without what Maven puts before it, times and pids. */
    List<String> said(String module) {
        String begin = "Building " + module + " 1";
        return text.lines()
                .dropWhile(line -> !line.contains(begin))
                .skip(1)
                .takeWhile(line -> !line.matches(".*(Building [a-z-]+ 1 .*|Reactor Summary.*)"))
                .map(line -> line.replaceFirst("^\\[(INFO|WARNING)] ?", "")
                        .replaceAll("\\d+(\\.\\d+)? m?s\\b", "T")
                        .replaceAll("pid \\d+", "pid N"))
                .toList();
    }

    /** Of that, the lines that contain a text. */
    List<String> said(String module, String part) {
        return said(module).stream().filter(line -> line.contains(part)).toList();
    }

    /** How it went with a module. */
    String summary(String module) {
        return text.lines()
                .filter(line -> line.matches("\\[INFO] " + module + " 1? ?\\.+ [A-Z]+ .*"))
                .map(line -> line.replaceAll(".*\\. ([A-Z]+) .*", "$1"))
                .reduce("", String::concat);
    }

    /** Of the module's failure, as Maven tells it at the end, up to what is the same for all. */
    String failure(String module) {
        List<String> lines = text.lines()
                .dropWhile(line -> !line.matches("\\[ERROR] Failed to execute goal .* on project " + module + ": .*"))
                .takeWhile(line -> !line.equals("[ERROR] "))
                .toList();
        List<String> own = new ArrayList<>();
        for (String line : lines) {
            if (!own.isEmpty() && line.startsWith("[ERROR] Failed to execute goal")) {
                break;
            }
            own.add(line.replaceFirst("^\\[ERROR] ", "")
                    .replaceFirst(".*0.1.0-SNAPSHOT:([a-z-]+ .*) on project [a-z-]+: ", "$1: ")
                    .replaceFirst(" ?-> \\[Help \\d]$", "")
                    .replaceAll("\\d+(\\.\\d+)? m?s\\b", "T")
                    .replaceAll("pid \\d+", "pid N"));
        }
        return String.join("\n", own).stripTrailing();
    }
}
