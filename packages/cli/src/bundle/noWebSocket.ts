/**
 * Stands for the WebSocket library in the bundle: the sandbox upgrades no connection.
 *
 * @since 0.1.0
 */
export default undefined
