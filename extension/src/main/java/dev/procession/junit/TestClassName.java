package dev.procession.junit;

/** The name of a test class for messages and folders: without its package, nested ones behind their outer's. */
final class TestClassName {

    private TestClassName() {}

    static String of(Class<?> testClass) {
        String name = testClass.getName();
        return name.substring(name.lastIndexOf('.') + 1).replace('$', '.');
    }
}
