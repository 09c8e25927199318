package dev.procession.maven;

import dev.procession.launch.Suggestion;
import dev.procession.process.InvalidSpecException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.codehaus.plexus.configuration.PlexusConfiguration;

/** An element of the configuration in a pom: what it holds is read by name, and what nobody knows is an error. */
final class Element {

    private final PlexusConfiguration xml;
    private final String path;
    private final Expressions expressions;

    /** @param path how messages call it, such as {@code <ready><http>}; empty for what they name otherwise */
    Element(PlexusConfiguration xml, String path, Expressions expressions) {
        this.xml = xml;
        this.path = path;
        this.expressions = expressions;
    }

    String path() {
        return path;
    }

    String name() {
        return xml.getName();
    }

    /**
     * Says what may stand in it, each once.
     *
     * @throws InvalidSpecException for anything else
     */
    Element knows(String... names) {
        Set<String> seen = new HashSet<>();
        for (PlexusConfiguration child : xml.getChildren()) {
            String name = child.getName();
            if (!List.of(names).contains(name)) {
                String near = Suggestion.nearest(name, List.of(names))
                        .map(known -> "did you mean <" + known + ">? ")
                        .orElse("");
                throw new InvalidSpecException(
                        path + "<" + name + ">",
                        "is not known here",
                        near + "known are "
                                + Arrays.stream(names)
                                        .map(known -> "<" + known + ">")
                                        .collect(Collectors.joining(" ")));
            }
            if (!seen.add(name)) {
                throw new InvalidSpecException(path + "<" + name + ">", "stands there twice", "remove one of them");
            }
        }
        refuseAttributes();
        if (!rawText().isBlank()) {
            throw new InvalidSpecException(
                    path,
                    "holds the text \"" + rawText().strip() + "\"",
                    "it holds elements, such as <" + names[0] + ">");
        }
        return this;
    }

    /** Maven has some of its own, for the merging of poms. */
    private void refuseAttributes() {
        for (String attribute : xml.getAttributeNames()) {
            if (!attribute.startsWith("combine.") && !attribute.startsWith("xml:")) {
                throw new InvalidSpecException(
                        path,
                        "has the attribute " + attribute + "=\"" + xml.getAttribute(attribute) + "\"",
                        "write an element, <" + attribute + ">");
            }
        }
    }

    /** The element of a name. */
    Optional<Element> child(String name) {
        PlexusConfiguration child = xml.getChild(name, false);
        return child == null ? Optional.empty() : Optional.of(inside(child));
    }

    /** All of them, whatever they are called. */
    List<Element> children() {
        return Arrays.stream(xml.getChildren()).map(this::inside).toList();
    }

    private Element inside(PlexusConfiguration child) {
        return new Element(child, path + "<" + child.getName() + ">", expressions);
    }

    /**
     * The text of the element of a name.
     *
     * @throws InvalidSpecException if it is there, but empty
     */
    Optional<String> text(String name) {
        return child(name).map(Element::requiredText);
    }

    /**
     * Its text.
     *
     * @throws InvalidSpecException if it is empty
     */
    String requiredText() {
        String text = text();
        if (text.isBlank()) {
            throw new InvalidSpecException(path, "is empty", "give it a value, or remove it");
        }
        return text;
    }

    /** Its text, which may be empty. */
    String text() {
        if (xml.getChildCount() > 0) {
            throw new InvalidSpecException(
                    path, "holds <" + xml.getChild(0).getName() + ">", "it holds nothing but text");
        }
        return expressions.evaluate(path, rawText());
    }

    private String rawText() {
        String value = xml.getValue("");
        return value == null ? "" : value;
    }

    /**
     * The texts in the element of a name: its own, if there is only one, or those of its elements.
     *
     * @param each how those are called
     */
    List<String> texts(String name, String each) {
        Optional<Element> list = child(name);
        if (list.isEmpty()) {
            return List.of();
        }
        List<Element> children = list.get().children();
        if (children.isEmpty()) {
            return List.of(list.get().requiredText());
        }
        children.forEach(child -> child.requireName(each));
        return children.stream().map(Element::requiredText).toList();
    }

    /** @throws InvalidSpecException if it is called otherwise */
    void requireName(String wanted) {
        if (!name().equals(wanted)) {
            throw new InvalidSpecException(path, "is not known here", "known is <" + wanted + ">");
        }
    }

    /** Its elements and their texts, which may be empty. */
    Map<String, String> map() {
        Map<String, String> map = new LinkedHashMap<>();
        for (Element child : children()) {
            if (map.put(child.name(), child.text()) != null) {
                throw new InvalidSpecException(child.path(), "stands there twice", "remove one of them");
            }
        }
        if (map.isEmpty() && !rawText().isBlank()) {
            throw new InvalidSpecException(
                    path,
                    "holds the text \"" + rawText().strip() + "\"",
                    "write an element for each, <NAME>value</NAME>");
        }
        return map;
    }

    /** The number in the element of a name. */
    Optional<Integer> number(String name) {
        return text(name).map(text -> number(path + "<" + name + ">", text));
    }

    /** The exit codes in the element of a name: in one line with commas, or in a {@code <code>} each. */
    int[] codes(String name) {
        return texts(name, "code").stream()
                .flatMap(text -> Arrays.stream(text.split(",", -1)))
                .mapToInt(text -> number(path + "<" + name + ">", text))
                .toArray();
    }

    private static int number(String element, String text) {
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException e) {
            throw new InvalidSpecException(element, "is \"" + text + "\", which is no number", "give a whole number");
        }
    }

    /** The yes or no in the element of a name. */
    Optional<Boolean> flag(String name) {
        return text(name).map(text -> switch (text.strip()) {
            case "true" -> true;
            case "false" -> false;
            default ->
                throw new InvalidSpecException(path + "<" + name + ">", "is \"" + text + "\"", "write true or false");
        });
    }
}
