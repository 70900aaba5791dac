/** What a page with cells, exercises or notes needs, in one piece; what a reader may never ask for loads later. */
import './cell/cell';
import './exercise/exercise';
import './notes/notes';
import './store/contents';
