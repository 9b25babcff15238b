/** Stands for the WebSocket library in the bundle: the sandbox upgrades no connection. */
export default undefined
